#include "store/redis_ai_program.h"

namespace windtunnel::store {

// The formulas are those of src/aggregation, one function each: rows that hold NaN or infinity are left out, and are some of the f.
std::string_view redis_ai_program() {
  return R"(
def finite(tensors: List[Tensor]) -> List[Tensor]:
    rows: List[Tensor] = []
    for t in tensors:
        if bool(torch.isfinite(t).all()):
            rows.append(t)
    return rows

def remaining(f: int, left_out: int, least: int, n: int) -> int:
    assert n >= 2 * f + least, "needs at least 2f + " + str(least) + " updates"
    rest = max(f - left_out, 0)
    assert n - left_out >= 2 * rest + least, "too many updates hold NaN or infinity"
    return rest

def ordered(tensors: List[Tensor]) -> Tensor:
    return torch.sort(torch.stack(tensors).double(), 0)[0]

def mean(tensors: List[Tensor], keys: List[str], args: List[str]):
    total = tensors[0].clone()
    for i in range(1, len(tensors)):
        total.add_(tensors[i])
    return total.div_(len(tensors))

def median(tensors: List[Tensor], keys: List[str], args: List[str]):
    kept = finite(tensors)
    n = len(kept)
    assert n > 0, "all updates hold NaN or infinity"
    rows = ordered(kept)
    return rows[(n - 1) // 2].add(rows[n // 2]).div_(2).to(tensors[0].dtype)

def trimmed_mean(tensors: List[Tensor], keys: List[str], args: List[str]):
    kept = finite(tensors)
    n = len(kept)
    f = remaining(int(args[0]), len(tensors) - n, 1, len(tensors))
    return ordered(kept)[f:n - f].sum(0).div_(n - 2 * f).to(tensors[0].dtype)

def distance(a: Tensor, b: Tensor) -> float:
    return float(a.double().sub_(b).pow_(2).sum())

def krum(tensors: List[Tensor], keys: List[str], args: List[str]):
    kept = finite(tensors)
    n = len(kept)
    f = remaining(int(args[0]), len(tensors) - n, 3, len(tensors))
    distances = torch.zeros([n, n]).double()
    for i in range(n):
        for j in range(i):
            d = distance(kept[i], kept[j])
            distances[i, j] = d
            distances[j, i] = d
    best = 0
    best_score = float("inf")
    for i in range(n):
        others = torch.cat([distances[i][:i], distances[i][i + 1:]])
        score = float(torch.sort(others)[0][:n - f - 2].sum())
        if score < best_score:
            best = i
            best_score = score
    return kept[best].clone()

def meamed(tensors: List[Tensor], keys: List[str], args: List[str]):
    chosen = finite(tensors)
    n = len(chosen)
    f = remaining(int(args[0]), len(tensors) - n, 1, len(tensors))
    rows = ordered(chosen).reshape(n, -1)
    middle = rows[(n - 1) // 2].add(rows[n // 2]).div_(2)
    first = torch.zeros_like(middle).long()
    last = first + (n - 1)
    for k in range(f):
        below = middle - rows.gather(0, first.unsqueeze(0))[0]
        above = rows.gather(0, last.unsqueeze(0))[0] - middle
        drop_first = (below > above).long()
        first = first + drop_first
        last = last - 1 + drop_first
    total = torch.zeros_like(middle)
    for k in range(n):
        kept = torch.logical_and(first <= k, last >= k)
        total = torch.where(kept, total + rows[k], total)
    return total.div_(n - f).to(tensors[0].dtype).reshape(tensors[0].shape)

def decayed(weights: Tensor, gradient: Tensor, weight_decay: float) -> Tensor:
    if weight_decay == 0.0:
        return gradient
    return torch.add(gradient, weights, alpha=weight_decay)

def sgd(tensors: List[Tensor], keys: List[str], args: List[str]):
    step = decayed(tensors[0], tensors[1], float(args[2]))
    return torch.add(tensors[0], step, alpha=-float(args[0]))

def momentum(tensors: List[Tensor], keys: List[str], args: List[str]):
    velocity = decayed(tensors[0], tensors[1], float(args[2])).clone()
    if len(tensors) > 2:
        velocity.add_(tensors[2], alpha=float(args[1]))
    return [torch.add(tensors[0], velocity, alpha=-float(args[0])), velocity]

def adam(tensors: List[Tensor], keys: List[str], args: List[str]):
    rate = float(args[0])
    beta1 = float(args[1])
    beta2 = float(args[2])
    epsilon = float(args[3])
    d = decayed(tensors[0], tensors[1], float(args[4]))
    first = torch.mul(d, 1.0 - beta1)
    second = torch.mul(d, d).mul_(1.0 - beta2)
    steps = torch.ones([1]).long()
    if len(tensors) > 2:
        first.add_(tensors[2], alpha=beta1)
        second.add_(tensors[3], alpha=beta2)
        steps = tensors[4] + 1
    t = float(steps[0])
    divisor = second.sqrt().div_((1.0 - beta2 ** t) ** 0.5).add_(epsilon)
    moved = torch.addcdiv(tensors[0], first, divisor, value=-rate / (1.0 - beta1 ** t))
    return [moved, first, second, steps]
)";
}

}  // namespace windtunnel::store
