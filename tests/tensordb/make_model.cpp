// Writes the models that the tests store: `make_model <kind> <file> [megabytes]`, the last for the
// kind "wide" only, whose weights are so many. A program of its own, so that the tests do not
// load LibTorch.
#include <torch/jit.h>
#include <torch/script.h>

#include <cstring>
#include <map>
#include <string>
#include <string_view>

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) return 2;
  const std::int64_t megabytes = argc == 4 ? std::stoll(argv[3]) : 1;
  const std::map<std::string, std::string> sources{
      {"linear", "def forward(self, x, y):\n    return torch.matmul(x, self.w) + y\n"},
      {"add",
       "def forward(self, x, y):\n    assert x.dtype == 6 and y.dtype == 6 and x.size() == y.size()\n    return x + "
       "y\n"},
      {"swap", "def forward(self, x, y):\n    return y, x\n"},
      {"two", "def forward(self, x):\n    return x + 1, x + 2\n"},
      {"counting", "def forward(self, x):\n    self.w.add_(1)\n    return self.w\n"},
      {"parameter", "def forward(self, x):\n    return self.w\n"},
      {"in_place", "def forward(self, x):\n    return x.mul_(2)\n"},
      {"defaults", "def forward(self, x, y: Optional[Tensor] = None, by: Optional[Tensor] = None):\n"
                   "    if y is not None:\n        x = x + y\n    if by is not None:\n        x = x * by\n    return x\n"},
      {"wide", "def forward(self, x):\n    return x + self.wide[0, 0]\n"},
      {"endless", "def forward(self, x):\n    while True:\n        x = x + 1\n    return x\n"},
  };
  torch::jit::Module module("Model");
  module.register_buffer("w", torch::tensor({{1.0F, 2.0F}, {3.0F, 4.0F}}));
  if (std::string_view(argv[1]) == "wide") module.register_buffer("wide", torch::ones({megabytes, 1 << 18}));
  module.define(sources.at(argv[1]));
  module.save(argv[2]);
  return 0;
}
