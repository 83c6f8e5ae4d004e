#!/usr/bin/env python3
"""Measure how fast PyTorch trains the model that `TrainingBenchmark` measures: eager, and compiled.

Needs Python with torch. Prints one JSON object: tokens per second of each mode, in the median of steps and in the
fastest, and the peaks of matrix products in billions of operations per second.
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn
from torch.nn import functional


class Block(nn.Module):
    def __init__(self, width, heads, pairs, hidden):
        super().__init__()
        self.heads, self.pairs, self.size = heads, pairs, width // heads
        self.attention_norm = nn.RMSNorm(width, eps=1e-5)
        self.query = nn.Linear(width, heads * self.size, bias=False)
        self.key = nn.Linear(width, pairs * self.size, bias=False)
        self.value = nn.Linear(width, pairs * self.size, bias=False)
        self.output = nn.Linear(heads * self.size, width, bias=False)
        self.norm = nn.RMSNorm(width, eps=1e-5)
        self.gate = nn.Linear(width, hidden, bias=False)
        self.up = nn.Linear(width, hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def rotate(self, x, cosine, sine):
        first, second = x.chunk(2, -1)
        return x * cosine.to(x.dtype) + torch.cat((-second, first), -1) * sine.to(x.dtype)

    def forward(self, x, cosine, sine):
        rows, length, _ = x.shape
        h = self.attention_norm(x)
        q = self.query(h).view(rows, length, self.heads, self.size).transpose(1, 2)
        k = self.key(h).view(rows, length, self.pairs, self.size).transpose(1, 2)
        v = self.value(h).view(rows, length, self.pairs, self.size).transpose(1, 2)
        q, k = self.rotate(q, cosine, sine), self.rotate(k, cosine, sine)
        a = functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=self.heads != self.pairs)
        x = x + self.output(a.transpose(1, 2).reshape(rows, length, -1))
        h = self.norm(x)
        return x + self.down(functional.silu(self.gate(h)) * self.up(h))


class Model(nn.Module):
    def __init__(self, width, layers, heads, pairs, hidden, vocabulary, length):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(width, heads, pairs, hidden) for _ in range(layers))
        self.norm = nn.RMSNorm(width, eps=1e-5)
        size = width // heads
        frequencies = 10000.0 ** (-torch.arange(0, size, 2) / size)
        angles = torch.outer(torch.arange(length).float(), frequencies).repeat(1, 2)
        self.register_buffer("cosine", angles.cos())
        self.register_buffer("sine", angles.sin())

    def forward(self, ids, targets):
        x = self.embedding(ids)
        for block in self.blocks:
            x = block(x, self.cosine, self.sine)
        logits = functional.linear(self.norm(x), self.embedding.weight)
        return functional.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())


def peak(dtype, size=2048):
    a = torch.randn(size, size, dtype=dtype)
    best = float("inf")
    for _ in range(8):
        start = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - start)
    return 2 * size**3 / best / 1e9


def measure(options, compiled, dtype):
    torch.manual_seed(1)
    model = Model(
        options.width, options.layers, options.heads, options.pairs, options.hidden, options.vocabulary, options.length
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.05, fused=True)
    step_model = torch.compile(model) if compiled else model
    ids = torch.randint(options.vocabulary, (options.rows, options.length))
    targets = torch.randint(options.vocabulary, (options.rows, options.length))
    times = []
    for step in range(options.warmup + options.steps):
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
            loss = step_model(ids, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step >= options.warmup:
            times.append(time.perf_counter() - start)
    tokens = options.rows * options.length
    return {"median": tokens / statistics.median(times), "best": tokens / min(times)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in dict(
        width=256, layers=8, heads=4, pairs=4, hidden=704, vocabulary=2048, rows=64, length=128, steps=10, warmup=3
    ).items():
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--threads", type=int, default=0, help="threads to compute with, 0 for torch's choice")
    parser.add_argument("--modes", default="eager-bf16,compiled-bf16,eager-f32", help="which to measure")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    result = {"torch": torch.__version__, "threads": torch.get_num_threads()}
    for mode in options.modes.split(","):
        kind, precision = mode.split("-")
        dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        result[mode] = measure(options, kind == "compiled", dtype)
    result["peak_f32"], result["peak_bf16"] = peak(torch.float32), peak(torch.bfloat16)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
