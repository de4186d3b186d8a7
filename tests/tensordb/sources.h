// The TorchScript programs of the reply table; line numbers show in error messages, so lines must stay where they are.
#pragma once

#include <map>
#include <string>

namespace windtunnel::tensordb {

inline const char* const main_source = R"(
def avg(tensors: List[Tensor], keys: List[str], args: List[str]):
    acc = tensors[0].clone()
    for i in range(1, len(tensors)):
        acc.add_(tensors[i])
    return acc.div_(len(tensors))

def sgd(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0] - float(args[0]) * tensors[1]

def two(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0] + 1, tensors[0] + 2

def lst(tensors: List[Tensor], keys: List[str], args: List[str]):
    return [tensors[0] + 1, tensors[0] + 2]

def num(tensors: List[Tensor], keys: List[str], args: List[str]):
    return 3.0

def none(tensors: List[Tensor], keys: List[str], args: List[str]):
    return None

def boom(tensors: List[Tensor], keys: List[str], args: List[str]):
    assert len(tensors) > 100, "need many"
    return tensors[0]

def plain(a: Tensor, b: Tensor):
    return a + b

def half(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0].half()

def cplx(tensors: List[Tensor], keys: List[str], args: List[str]):
    return torch.complex(tensors[0], tensors[0])

def transp(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0].t()

def scalar(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0].sum()

def empty(tensors: List[Tensor], keys: List[str], args: List[str]):
    return torch.zeros([0, 3])

def longs(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0].long()

def same(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0]

def row(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0][0]

def in_place(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0].sub_(tensors[1])

def helper(t: Tensor):
    v = t.view(-1)
    v.mul_(0)

def in_place_by_helper(tensors: List[Tensor], keys: List[str], args: List[str]):
    for t in tensors:
        helper(t)
    return tensors[0]

def in_place_by_out(tensors: List[Tensor], keys: List[str], args: List[str]):
    torch.add(tensors[0], tensors[1], out=tensors[0])
    return tensors[1]

def same_twice(tensors: List[Tensor], keys: List[str], args: List[str]):
    t = tensors[0] + 1
    return t, t

def many(tensors: List[Tensor], keys: List[str], args: List[str]):
    out: List[Tensor] = []
    for i in range(5000):
        out.append(tensors[0])
    return out

def huge(tensors: List[Tensor], keys: List[str], args: List[str]):
    return torch.zeros([1000000000000])

def hoard(tensors: List[Tensor], keys: List[str], args: List[str]):
    all: List[Tensor] = []
    for i in range(1000):
        all.append(torch.ones([1000000]) + tensors[0].sum())
    return all[0]

def forever(tensors: List[Tensor], keys: List[str], args: List[str]):
    n = 0
    while True:
        n += 1
    return tensors[0]

def nap(tensors: List[Tensor], keys: List[str], args: List[str]):
    t = tensors[0] + 0
    for i in range(int(args[0])):
        t = torch.sin(torch.ones([100000])).sum() * 0 + tensors[0]
    return t

def sparse(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0].to_sparse()

def expanded(tensors: List[Tensor], keys: List[str], args: List[str]):
    return torch.ones([1]).expand([3])

def work(tensors: List[Tensor], keys: List[str], args: List[str]):
    return torch.sin(tensors[0].sum() + torch.ones([1000000])).sum() + tensors[0]
)";

/// What stands in angle brackets in the table, besides models.
inline const std::map<std::string, std::string>& sources() {
  static const std::string signature = "def f(tensors: List[Tensor], keys: List[str], args: List[str]):\n";
  static const std::map<std::string, std::string> all{
      {"<src>", main_source},
      {"<wrong-types>", "def f(a: Tensor, b: Tensor, c: Tensor):\n    return a\n"},
      {"<syntax>", signature + "    return tensors[0] + \n"},
      {"<undefined>", signature + "    return nosuch(tensors[0])\n"},
      {"<import>", "import os\n" + signature + "    return tensors[0]\n"},
      {"<redis>", signature + "    redis.execute(\"SET\", keys[0], args[0])\n    return tensors[0]\n"},
  };
  return all;
}

}  // namespace windtunnel::tensordb
