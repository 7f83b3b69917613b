#!/usr/bin/env python3
"""Guided sampling in eager PyTorch: the loop that one would write without Anagama.

It reads a checkpoint as docs/checkpoint-format.md describes it and needs torch and the standard
library. Everything that makes such a loop fast and asks for no compiler is used: weights and
activations in bfloat16 and channels-last, inference mode, a whole batch at the same step, both
predictions of guidance in one doubled batch, activations in place, and the batch size that turns
out fastest here.

  guided_ddim.py CHECKPOINT [--precision bfloat16|float32|float16] [--device cpu|cuda]
                 [--steps N] [--guidance-scale S] [--seconds 10]

prints one line of JSON: images a second, batch size, rates by batch size, version of torch.

With --follow it answers requests on standard input, a line of JSON for each:

  run SECONDS    images a second over whole batches, for at least that long
  check FILE     the network against tensors z, log_snr, condition and eps of a safetensors file:
                 root mean square of the difference over that of eps
"""
import argparse
import hashlib
import json
import math
import pathlib
import sys
import time

import torch

from unet import UNet, placed, read_safetensors

BATCH_SIZES = (8, 16, 32, 64)


def read_checkpoint(folder):
    """The manifest and the weights, after comparing the digests."""
    manifest = json.loads((folder / 'manifest.json').read_text())
    assert manifest['format_version'] == 1, f'format_version is {manifest["format_version"]}'
    assert manifest['network']['kind'] == 'unet', 'only the U-Net of the format is known here'
    for name, digest in manifest['files'].items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert found == digest, f'{name} has SHA-256 {found}, the manifest says {digest}'
    return manifest, read_safetensors((folder / 'weights.safetensors').read_bytes())


def log_snrs(manifest, steps):
    """The levels of a run, noisiest first: the cosine schedule at u = 1, ..., 0."""
    low, high = manifest['log_snr_range']['min'], manifest['log_snr_range']['max']
    b = math.atan(math.exp(-high / 2))
    a = math.atan(math.exp(-low / 2)) - b
    times = [1 - i / max(1, steps - 1) for i in range(steps)]
    return [-2 * math.log(math.tan(a * u + b)) for u in times]


class GuidedDdim:
    """DDIM with classifier-free guidance over whole batches."""

    def __init__(self, unet, manifest, steps, guidance_scale, device):
        self.unet, self.manifest, self.device = unet, manifest, device
        self.w = guidance_scale - 1
        self.levels = log_snrs(manifest, steps)

    def sample(self, batch, steps=None):
        """Images of all classes in turn, in [-1, 1]; only the first steps of them, if asked."""
        image = self.manifest['image']
        labels = torch.arange(batch, device=self.device) % len(self.manifest['class_names'])
        nulls = torch.full_like(labels, self.manifest['null_condition'])
        conditions = torch.cat([labels, nulls])
        z = torch.randn(batch, image['channels'], image['height'], image['width'],
                        device=self.device)
        for i, level in enumerate(self.levels[:steps]):
            alpha, sigma = 1 / math.sqrt(1 + math.exp(-level)), 1 / math.sqrt(1 + math.exp(level))
            eps = self.unet(torch.cat([z, z]), torch.full((1,), level, device=self.device),
                            conditions)
            conditional, unconditional = eps.chunk(2)
            eps = torch.lerp(unconditional, conditional, 1 + self.w)
            x = ((z - sigma * eps) / alpha).clamp_(-1, 1)
            if i == len(self.levels) - 1:
                return x
            following = self.levels[i + 1]
            next_alpha = 1 / math.sqrt(1 + math.exp(-following))
            ratio = math.sqrt((1 + math.exp(level)) / (1 + math.exp(following)))
            z = ratio * z + (next_alpha - ratio * alpha) * x
        return z

    def finish(self):
        if self.device.type == 'cuda':
            torch.cuda.synchronize()

    def rate(self, batch, seconds):
        """Images a second over whole batches, for at least that long."""
        self.sample(batch, 2)  # What has rested meanwhile is warm again.
        self.finish()
        start, batches = time.perf_counter(), 0
        while True:
            self.sample(batch)
            self.finish()
            batches += 1
            elapsed = time.perf_counter() - start
            if elapsed >= seconds:
                return batches * batch / elapsed

    def rate_of_steps(self, batch, seconds=1.5):
        """The same from some steps, quickly."""
        steps = min(4, len(self.levels))
        self.sample(batch, steps)
        self.finish()
        best, start = math.inf, time.perf_counter()
        while time.perf_counter() - start < seconds:
            before = time.perf_counter()
            self.sample(batch, steps)
            self.finish()
            best = min(best, time.perf_counter() - before)
        return batch * steps / len(self.levels) / best


def check(unet, file, device):
    given = {name: t.to(device) for name, t in read_safetensors(file.read_bytes()).items()}
    found = unet(given['z'], given['log_snr'], given['condition'].long())
    difference = (found - given['eps']).square().mean().sqrt()
    return (difference / given['eps'].square().mean().sqrt()).item()


def follow(unet, loop, batch, device):
    for line in sys.stdin:
        request, _, argument = line.strip().partition(' ')
        if request == 'run':
            answer = {'images_per_second': loop.rate(batch, float(argument))}
        elif request == 'check':
            answer = {'relative_error': check(unet, pathlib.Path(argument), device)}
        else:
            answer = {'error': f'{request} is unknown'}
        print(json.dumps(answer), flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint', type=pathlib.Path)
    parser.add_argument('--precision', choices=['bfloat16', 'float32', 'float16'],
                        default='bfloat16')
    parser.add_argument('--device', default='cpu')
    parser.add_argument('--steps', type=int)
    parser.add_argument('--guidance-scale', type=float)
    parser.add_argument('--seconds', type=float, default=10)
    parser.add_argument('--follow', action='store_true')
    options = parser.parse_args()

    manifest, weights = read_checkpoint(options.checkpoint)
    defaults, device = manifest['defaults'], torch.device(options.device)
    dtype = getattr(torch, options.precision)
    unet = UNet(manifest['network']['config'], placed(weights, dtype, device), dtype, device,
                inplace=True)
    loop = GuidedDdim(unet, manifest, options.steps or defaults['num_inference_steps'],
                      options.guidance_scale or defaults['guidance_scale'], device)
    with torch.inference_mode():
        rates = {batch: loop.rate_of_steps(batch) for batch in BATCH_SIZES}
        batch = max(rates, key=rates.get)
        found = {'batch': batch, 'rates': rates, 'threads': torch.get_num_threads(),
                 'torch': torch.__version__}
        if options.follow:
            print(json.dumps(found), flush=True)
            follow(unet, loop, batch, device)
        else:
            found['images_per_second'] = loop.rate(batch, options.seconds)
            print(json.dumps(found))
    return 0


if __name__ == '__main__':
    sys.exit(main())
