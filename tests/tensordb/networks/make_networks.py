"""Networks that people really serve, from Debian's python3-torch and python3-torchvision, for networks_test.cpp:
make_networks.py FOLDER. Of each network: the archive that torch.jit.save writes, the same network as the text of a script
(traced, frozen, its constants taken as tensors), an input and python3-torch's own output for each batch. Weights are
random but the same in every run. The images are small: what a kernel does to memory does not depend on how large they are.

FOLDER/NAME/manifest has a line per tensor: role, batch, element type, file, dimensions. A folder that is complete is not
made again until this file changes.
"""

import hashlib
import pathlib
import re
import shutil
import sys

try:
    import torch
    import torchvision
    from torch import nn
except ImportError:
    sys.exit(77)  # ctest: skipped

BATCHES = (1, 8)
IMAGE = (3, 64, 64)


class Vgg11(nn.Module):
    """torchvision's, but that its first dense layer sees one pixel of each channel: as it comes, that layer alone is
    411 MB."""

    def __init__(self):
        super().__init__()
        whole = torchvision.models.vgg11(num_classes=10, init_weights=False)
        self.features = whole.features
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.classifier = nn.Sequential(nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))

    def forward(self, x):
        return self.classifier(torch.flatten(self.pool(self.features(x)), 1))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(32, 64, num_layers=2, batch_first=True)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.head(out[:, -1])


class Mnist(nn.Module):
    """The convolutional network of most introductions."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.dense, self.head = nn.Linear(9216, 128), nn.Linear(128, 10)

    def forward(self, x):
        x = torch.relu(self.first(x))
        x = torch.max_pool2d(torch.relu(self.second(x)), 2)
        return torch.log_softmax(self.head(torch.relu(self.dense(torch.flatten(x, 1)))), 1)


def networks():
    """Name: how it is made, shape of one sample."""
    models = torchvision.models
    return {
        "resnet18": (lambda: models.resnet18(num_classes=10), IMAGE),
        "mobilenet_v2": (lambda: models.mobilenet_v2(num_classes=10), IMAGE),
        "squeezenet1_1": (lambda: models.squeezenet1_1(num_classes=10), IMAGE),
        "densenet121": (lambda: models.densenet121(num_classes=10), IMAGE),
        "vgg11": (Vgg11, IMAGE),
        "mnist": (Mnist, (1, 28, 28)),
        "transformer": (lambda: nn.TransformerEncoderLayer(64, 4, 128, activation="gelu", batch_first=True), (16, 64)),
        "lstm": (Lstm, (12, 32)),
        "depthwise": (lambda: nn.Sequential(nn.Conv2d(16, 32, 3, padding=1, groups=16), nn.GELU(), nn.Conv2d(32, 8, 1)),
                      (16, 32, 32)),
        "conv1d": (lambda: nn.Sequential(nn.Conv1d(8, 16, 5, stride=2), nn.GELU(), nn.ConvTranspose1d(16, 4, 3)),
                   (8, 64)),
    }


def settle(net):
    """Batch norms as training leaves them: with means and variances of their own."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.8, 1.2)
    return net


def script_of(net, example):
    """The network as text, and the tensors that it takes behind its input."""
    frozen = torch.jit.freeze(torch.jit.trace(net, example, check_trace=False))
    code, constants = frozen.code_with_constants
    names = []

    def as_input(match):
        if match.group(0) not in names:
            names.append(match.group(0))
        return f"tensors[{1 + names.index(match.group(0))}]"

    code = re.sub(r"CONSTANTS\.c\d+", as_input, code)
    header, body = re.match(r"def forward\(self,\s*(\w+): Tensor\) -> Tensor:\n(.*)", code, re.S).groups()
    head = f"def run(tensors: List[Tensor], keys: List[str], args: List[str]):\n  {header} = tensors[0]\n"
    return head + body, [getattr(constants, name.split(".")[1]) for name in names]


def write(folder, make, shape):
    torch.manual_seed(7)
    net = settle(make()).eval()
    lines = []

    def tensor(role, batch, file, value):
        kind = {torch.float32: "FLOAT", torch.int64: "INT64"}[value.dtype]
        (folder / file).write_bytes(value.detach().contiguous().numpy().tobytes())
        lines.append(" ".join([role, str(batch), kind, file, *map(str, value.shape)]))

    example = torch.rand(2, *shape)
    source, weights = script_of(net, example)
    (folder / "script").write_text(source)
    for i, weight in enumerate(weights):
        tensor("weight", 0, f"weight{i}", weight)
    torch.jit.save(torch.jit.script(net), folder / "model")
    for batch in BATCHES:
        x = torch.rand(batch, *shape)
        tensor("input", batch, f"input{batch}", x)
        tensor("output", batch, f"output{batch}", net(x))
    (folder / "manifest").write_text("\n".join(lines) + "\n")


def main():
    folder = pathlib.Path(sys.argv[1])
    stamp = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
    done = folder / "made"
    if done.exists() and done.read_text() == stamp:
        return
    shutil.rmtree(folder, ignore_errors=True)
    torch.set_num_threads(1)
    with torch.no_grad():
        for name, (make, shape) in networks().items():
            (folder / name).mkdir(parents=True)
            write(folder / name, make, shape)
    done.write_text(stamp)


main()
