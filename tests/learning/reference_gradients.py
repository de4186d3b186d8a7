"""Gradients of our networks by PyTorch's and torchvision's own Python modules.

usage: reference_gradients.py FOLDER; reads FOLDER/cases.json, a list of {name, network, images: [n, c, h, w], classes,
dropout_seed}, and for each case NAME.weights (float32), NAME.images (float32), NAME.labels (int64); writes NAME.gradient
(float32, parameter order) and prints a line "NAME LOSS".
"""
import json
import pathlib
import sys

import numpy
import torch
import torchvision
from torch import nn

torch.set_num_threads(1)


class SeededDropout(nn.Module):
    """Dropout whose mask is drawn by a generator of its own."""

    def __init__(self, rate, seed):
        super().__init__()
        self.rate, self.seed = rate, seed

    def forward(self, x):
        generator = torch.Generator()
        generator.manual_seed(self.seed)
        return x * torch.empty_like(x).bernoulli_(1 - self.rate, generator=generator) / (1 - self.rate)


class ThreeChannels(nn.Module):
    def forward(self, x):
        return x if x.shape[1] == 3 else x.repeat(1, 3, 1, 1)


def mlp(pixels, classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(pixels, 128), nn.ReLU(), nn.Linear(128, classes))


def lenet5(channels, size, classes):
    return nn.Sequential(
        nn.Conv2d(channels, 6, 5, padding=(32 - size) // 2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, classes))


def small_cnn(channels, size, classes):
    side = (size + 3) // 4
    return nn.Sequential(
        nn.Conv2d(channels, 16, 5, stride=2, padding=2), nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(),
        nn.Linear(32 * side * side, 32), nn.ReLU(), nn.Linear(32, classes))


def build(case):
    _, channels, size, _ = case["images"]
    classes = case["classes"]
    if case["network"] == "mlp":
        return mlp(channels * size * size, classes)
    if case["network"] == "lenet5":
        return lenet5(channels, size, classes)
    if case["network"] == "small_cnn":
        return small_cnn(channels, size, classes)
    network = getattr(torchvision.models, case["network"])(weights=None, num_classes=classes)
    if case["network"] == "mobilenet_v3_small":
        network.classifier[2] = SeededDropout(network.classifier[2].p, int(case["dropout_seed"]))
    return nn.Sequential(ThreeChannels(), network)


def gradient(folder, case):
    network = build(case).train()
    weights = torch.from_numpy(numpy.fromfile(folder / f"{case['name']}.weights", numpy.float32))
    parameters = list(network.parameters())
    assert sum(p.numel() for p in parameters) == weights.numel(), "parameter counts differ"
    torch.nn.utils.vector_to_parameters(weights, parameters)
    images = torch.from_numpy(numpy.fromfile(folder / f"{case['name']}.images", numpy.float32)).view(case["images"])
    labels = torch.from_numpy(numpy.fromfile(folder / f"{case['name']}.labels", numpy.int64))
    loss = nn.functional.cross_entropy(network(images), labels)
    loss.backward()
    flat = torch.cat([p.grad.reshape(-1) for p in parameters])
    flat.numpy().astype(numpy.float32).tofile(folder / f"{case['name']}.gradient")
    return loss.item()


if __name__ == "__main__":
    here = pathlib.Path(sys.argv[1])
    for one in json.loads((here / "cases.json").read_text()):
        print(one["name"], repr(gradient(here, one)))
