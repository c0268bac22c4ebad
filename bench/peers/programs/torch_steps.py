"""The seven training steps in PyTorch, one thread: eager, with its fused layers and optimizers where it has them."""

import sys
from array import array
from types import SimpleNamespace

import torch
import torch.nn.functional as F

from torch_program import serve

torch.set_num_threads(1)


class Network:
    """What the steps below share: parameters by the names that the network gives them, and the batch."""

    def __init__(self, job):
        self.job = job
        values = array("d")
        with open(job["parameters"], "rb") as file:
            values.frombytes(file.read())
        self.initial = torch.tensor(values, dtype=torch.float32)
        self.start = []
        self.parameters = []
        self.input, self.target = (tensor_of(each) for each in job["data"])

    def value(self, name):
        place = self.job["layout"][name]
        flat = self.initial[place["offset"] : place["offset"] + place["length"]]
        return flat.reshape(place["shape"]).clone()

    def parameter(self, *names):
        """A parameter; of several names, one on top of another: one product instead of as many."""
        value = torch.cat([self.value(name) for name in names]) if len(names) > 1 else self.value(names[0])
        parameter = torch.nn.Parameter(value.clone())
        self.start.append(value)
        self.parameters.append(parameter)
        return parameter


def tensor_of(file):
    values = array("d" if file["element"] == "f64" else "i")
    with open(file["path"], "rb") as bytes:
        values.frombytes(bytes.read())
    kind = torch.float32 if file["element"] == "f64" else torch.int64
    return torch.tensor(values, dtype=kind).reshape(file["shape"])


def stepper(network, loss_of, make_optimizer):
    """What `serve` drives. The loss is read at each step, as whoever watches a training does."""
    current = SimpleNamespace(optimizer=None)

    def reset():
        with torch.no_grad():
            for parameter, value in zip(network.parameters, network.start):
                parameter.copy_(value)
        current.optimizer = make_optimizer(network.parameters)

    def run(times):
        value = 0.0
        for _ in range(times):
            current.optimizer.zero_grad(set_to_none=True)
            loss = loss_of()
            loss.backward()
            current.optimizer.step()
            value = loss.item()
        return value

    return SimpleNamespace(about=f"PyTorch {torch.__version__} with {blas()}", reset=reset, run=run)


def blas():
    """Which library takes the products: Debian installs the slow reference one where no other is asked for."""
    with open("/proc/self/maps") as maps:
        return "OpenBLAS" if "openblas" in maps.read() else "the reference BLAS"


def linear_regression(network):
    w1, w2 = network.parameter("w1"), network.parameter("w2")
    x, y = network.input, network.target
    loss = lambda: torch.square(y - w1 * x - w2).sum() / 2
    return stepper(network, loss, lambda all: torch.optim.SGD(all, lr=0.004, foreach=True))


def xor(network):
    w1, b1 = network.parameter("W1"), network.parameter("b1")
    w2, b2 = network.parameter("W2"), network.parameter("b2")
    x, t = network.input, network.target

    def loss():
        logits = F.linear(torch.tanh(F.linear(x, w1, b1)), w2, b2)
        return F.binary_cross_entropy_with_logits(logits, t)

    return stepper(network, loss, lambda all: torch.optim.SGD(all, lr=0.5, foreach=True))


def two_layers(network, names, make_optimizer):
    w1, b1, w2, b2 = (network.parameter(name) for name in names)
    x, t = network.input, network.target
    loss = lambda: F.cross_entropy(F.linear(F.relu(F.linear(x, w1, b1)), w2, b2), t)
    return stepper(network, loss, make_optimizer)


def iris(network):
    return two_layers(network, ["W1", "b1", "W2", "b2"], lambda all: torch.optim.Adam(all, lr=0.01, foreach=True))


def mnist(network):
    names = ["hidden.weight", "hidden.bias", "logits.weight", "logits.bias"]
    return two_layers(network, names, lambda all: torch.optim.SGD(all, lr=0.1, foreach=True))


def lenet(network):
    k1, c1 = network.parameter("c1.weight"), network.parameter("c1.bias")
    k2, c2 = network.parameter("c2.weight"), network.parameter("c2.bias")
    w, b = network.parameter("logits.weight"), network.parameter("logits.bias")
    x, t = network.input, network.target

    def loss():
        s1 = F.max_pool2d(F.relu(F.conv2d(x, k1, c1)), 2)
        s2 = F.max_pool2d(F.relu(F.conv2d(s1, k2, c2)), 2)
        return F.cross_entropy(F.linear(s2.flatten(1), w, b), t)

    return stepper(network, loss, lambda all: torch.optim.SGD(all, lr=0.01, momentum=0.9, foreach=True))


def lstm(network):
    table = network.parameter("x.table")
    w, r, b = (network.parameter(f"h.{name}") for name in ["weight", "recurrentWeight", "bias"])
    v, c = network.parameter("logits.weight"), network.parameter("logits.bias")
    layer = torch.nn.LSTM(32, 64, batch_first=True)
    layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0 = w, r, b
    # The network has one bias, and not two that add up.
    layer.bias_hh_l0 = torch.nn.Parameter(torch.zeros(256), requires_grad=False)

    def loss():
        h, _ = layer(F.embedding(network.input, table))
        return F.cross_entropy(F.linear(h, v, c).flatten(0, 1), network.target.flatten())

    return stepper(network, loss, lambda all: torch.optim.Adam(all, lr=0.003, foreach=True))


def gpt(network):
    tokens, positions = network.parameter("tokens.table"), network.parameter("positions.table")
    blocks = [block(network, f"h.{number}") for number in (1, 2)]
    scale, shift = network.parameter("final.scale"), network.parameter("final.shift")
    w, b = network.parameter("logits.weight"), network.parameter("logits.bias")

    def loss():
        h = F.embedding(network.input, tokens) + positions
        for each in blocks:
            h = each(h)
        logits = F.linear(F.layer_norm(h, (64,), scale, shift), w, b)
        return F.cross_entropy(logits.flatten(0, 1), network.target.flatten())

    make = lambda all: torch.optim.AdamW(all, lr=0.001, weight_decay=0.01, foreach=True)
    return stepper(network, loss, make)


def block(network, name):
    pair = lambda part, *kinds: [network.parameter(f"{name}.{part}.{kind}") for kind in kinds]
    norm1 = pair("attentionNorm", "scale", "shift")
    together = [f"{name}.attention.{part}" for part in ("query", "key", "value")]
    qkv = [network.parameter(*(f"{part}.{kind}" for part in together)) for kind in ("weight", "bias")]
    output = pair("attention.output", "weight", "bias")
    norm2 = pair("mlpNorm", "scale", "shift")
    up, down = pair("mlp.up", "weight", "bias"), pair("mlp.down", "weight", "bias")
    future = torch.ones(32, 32).triu(1).bool()

    def forward(x):
        q, k, v = F.linear(F.layer_norm(x, (64,), *norm1), *qkv).split(64, dim=2)
        q, k, v = (each.unflatten(2, (4, 16)).transpose(1, 2) for each in (q, k, v))
        scores = (q @ k.transpose(2, 3) / 4).masked_fill(future, -torch.inf)
        mixed = (scores.softmax(3) @ v).transpose(1, 2).flatten(2)
        x = x + F.linear(mixed, *output)
        return x + F.linear(F.gelu(F.linear(F.layer_norm(x, (64,), *norm2), *up)), *down)

    return forward


STEPS = {
    "linear-regression": linear_regression,
    "xor": xor,
    "iris": iris,
    "mnist": mnist,
    "lenet": lenet,
    "lstm": lstm,
    "gpt": gpt,
}

serve(sys.argv[1], lambda job: STEPS[job["workload"]](Network(job)))
