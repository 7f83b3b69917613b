#!/usr/bin/env python3
"""Runs the U-Net of an Anagama checkpoint with PyTorch alone.

It is the companion of checkpoint-format.md and needs torch and the standard library, no Java.

  load_checkpoint.py CHECKPOINT                       the manifest in short, after every check
  load_checkpoint.py CHECKPOINT --sample OUT.pgm      one image (.ppm if it has three channels)
      [--label 0] [--guidance-scale 2] [--steps 12] [--seed 1]
  load_checkpoint.py CHECKPOINT --compare FILE        the network against tensors z, log_snr,
                                                      condition and eps of a safetensors file
"""
import argparse
import hashlib
import json
import math
import pathlib
import struct
import sys

import torch
import torch.nn.functional as F


def read_safetensors(data):
    """The float32 tensors of a safetensors file, by name."""
    (header_bytes,) = struct.unpack_from('<Q', data)
    header = json.loads(data[8:8 + header_bytes])
    header.pop('__metadata__', None)
    body = bytearray(data[8 + header_bytes:])  # A copy that may be written to, as torch wants it.
    tensors = {}
    for name, entry in header.items():
        assert entry['dtype'] == 'F32', f'{name} is {entry["dtype"]}'
        start, end = entry['data_offsets']
        flat = torch.frombuffer(body, dtype=torch.float32, count=(end - start) // 4, offset=start)
        tensors[name] = flat.reshape(entry['shape']).clone()
    return tensors


def read_checkpoint(folder):
    """The manifest and the weights, after comparing the digests."""
    manifest = json.loads((folder / 'manifest.json').read_text())
    assert manifest['format_version'] == 1, f'format_version is {manifest["format_version"]}'
    assert manifest['network']['kind'] == 'unet', 'use torch.jit.load for denoiser.pt'
    for name, digest in manifest['files'].items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert found == digest, f'{name} has SHA-256 {found}, the manifest says {digest}'
    return manifest, read_safetensors((folder / 'weights.safetensors').read_bytes())


PLAIN = {'skips': 'level', 'resampling': 'convolution', 'attention_levels': [],
         'head_channels': 0, 'dropout': 0}


def doubled(x):
    return F.interpolate(x, scale_factor=2, mode='nearest')


class UNet:
    """eps = unet(z, log_snr, condition); weights are looked up by the name of their module."""

    def __init__(self, config, weights):
        self.config, self.weights = config, weights
        self.form = config.get('architecture', PLAIN)

    def conv(self, name, x, stride=1):
        weight = self.weights[name + '.weight']
        return F.conv2d(x, weight, self.weights[name + '.bias'], stride, weight.shape[-1] // 2)

    def linear(self, name, x):
        return F.linear(x, self.weights[name + '.weight'], self.weights[name + '.bias'])

    def norm(self, name, x):
        groups = self.config['norm_groups']
        return F.group_norm(
            x, groups, self.weights[name + '.weight'], self.weights[name + '.bias'], 1e-5)

    def embedding(self, log_snr, condition):
        frequencies = 0.1 * 100 ** (torch.arange(32, dtype=torch.float64) / 31)
        phase = log_snr[:, None] / 4 * frequencies.float()
        waves = torch.cat([phase.sin(), phase.cos()], 1)
        level = self.linear('embedding.second', F.silu(self.linear('embedding.first', waves)))
        return F.silu(level + self.weights['embedding.conditions'][condition])

    def block(self, name, x, e, resize=None):
        h = F.silu(self.norm(name + '.norm_in', x))
        if resize:
            h, x = resize(h), resize(x)
        h = self.conv(name + '.conv_in', h)
        scale, shift = self.linear(name + '.modulation', e)[:, :, None, None].chunk(2, 1)
        h = self.norm(name + '.norm_out', h) * (1 + scale) + shift
        h = self.conv(name + '.conv_out', F.silu(h))
        wider = name + '.across.weight' in self.weights
        return (self.conv(name + '.across', x) if wider else x) + h

    def attention(self, name, x):
        n, channels, height, width = x.shape
        heads = self.heads(channels)
        tokens = self.norm(name + '.norm', x).flatten(2).transpose(1, 2)
        qkv = self.linear(name + '.qkv', tokens).view(n, -1, 3, heads, channels // heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(2, 3) / math.sqrt(channels // heads)).softmax(3)
        mixed = (weights @ v).transpose(1, 2).reshape(n, -1, channels)
        return x + self.linear(name + '.out', mixed).transpose(1, 2).view(x.shape)

    def heads(self, channels):
        head_channels = self.form['head_channels']
        return channels // head_channels if head_channels else self.config['attention_heads']

    def stage(self, name, level, h, e):
        """A residual block, with self-attention behind it where the level has that."""
        h = self.block(name, h, e)
        attended = level in self.form['attention_levels']
        return self.attention(name + '_attention', h) if attended else h

    def shrink(self, name, h, e):
        if self.form['resampling'] == 'residual':
            return self.block(name, h, e, lambda x: F.avg_pool2d(x, 2))
        return self.conv(name, h, 2)

    def grow(self, name, h, e):
        if self.form['resampling'] == 'residual':
            return self.block(name, h, e, doubled)
        return self.conv(name, doubled(h))

    def __call__(self, z, log_snr, condition):
        config = self.config
        levels, blocks = len(config['channels_per_level']), config['blocks_per_level']
        e = self.embedding(log_snr, condition)
        h = self.conv('stem', F.pixel_unshuffle(z, config['patch_size']))
        by_block = self.form['skips'] == 'block'
        skips = [h] if by_block else []
        for level in range(levels):
            for i in range(blocks[level] if level < len(blocks) else 0):
                h = self.stage(f'down_{level}_{i}', level, h, e)
                if by_block:
                    skips.append(h)
            if level < levels - 1:
                if not by_block:
                    skips.append(h)
                h = self.shrink(f'shrink_{level}', h, e)
                if by_block:
                    skips.append(h)
        for i in range(config['middle_blocks']):
            h = self.block(f'middle_{i}', h, e)
            if i == 0 and self.heads(h.shape[1]) > 0:
                h = self.attention('attention', h)
        for level in reversed(range(levels)):
            if level < levels - 1:
                h = self.grow(f'grow_{level}', h, e)
                if not by_block:
                    h = torch.cat([h, skips.pop()], 1)
            for i in range(blocks[level] + by_block if level < len(blocks) else 0):
                if by_block:
                    h = torch.cat([h, skips.pop()], 1)
                h = self.stage(f'up_{level}_{i}', level, h, e)
        h = self.conv('head', F.silu(self.norm('norm', h)))
        return F.pixel_shuffle(h, config['patch_size'])


def log_snrs(manifest, steps):
    """The levels of a run, noisiest first: the checkpoint's schedule at u = 1, ..., 0."""
    low, high = manifest['log_snr_range']['min'], manifest['log_snr_range']['max']
    times = [1 - i / max(1, steps - 1) for i in range(steps)]
    schedule = manifest['defaults'].get('schedule', 'cosine')
    if schedule == 'cosine':
        b = math.atan(math.exp(-high / 2))
        a = math.atan(math.exp(-low / 2)) - b
        return [-2 * math.log(math.tan(a * u + b)) for u in times]
    low, high = max(low, -2 * math.log(80)), min(high, -2 * math.log(0.002))
    if schedule == 'linear_log_snr':
        return [(1 - u) * high + u * low for u in times]
    clean, noisy = math.exp(-high / 14), math.exp(-low / 14)
    return [-14 * math.log(clean + u * (noisy - clean)) for u in times]


def sample(unet, manifest, label, guidance_scale, steps, seed):
    """Classifier-free guidance with DPM-Solver++ 2M where that is the checkpoint's sampler, or else
    DDIM; values in [-1, 1], [1, channels, height, width]."""
    second_order = manifest['defaults']['sampler'] == 'dpmpp_2m'
    image, w = manifest['image'], guidance_scale - 1
    z = torch.randn(1, image['channels'], image['height'], image['width'],
                    generator=torch.Generator().manual_seed(seed))
    conditions = torch.tensor([label, manifest['null_condition']])
    levels = log_snrs(manifest, steps)
    before, length_before = None, 0
    for i, level in enumerate(levels):
        alpha, sigma = 1 / math.sqrt(1 + math.exp(-level)), 1 / math.sqrt(1 + math.exp(level))
        conditional, unconditional = unet(
            z.expand(2, -1, -1, -1), torch.tensor([level, level]), conditions)
        guided = (1 + w) * conditional - w * unconditional
        eps = {'eps': guided, 'x': (z - alpha * guided) / sigma,
               'v': alpha * guided + sigma * z}[manifest['prediction']]
        x = ((z - sigma * eps) / alpha).clamp(-1, 1)
        if i == steps - 1:
            return x
        following = levels[i + 1]
        next_alpha = 1 / math.sqrt(1 + math.exp(-following))
        next_sigma = 1 / math.sqrt(1 + math.exp(following))
        length, line = following - level, x
        if second_order and length <= 2 * length_before:
            line = x + length / (2 * length_before) * (x - before)
        before, length_before = x, length
        ratio = next_sigma / sigma
        z = ratio * z + (next_alpha - ratio * alpha) * line


def write_pnm(path, image):
    channels, height, width = image.shape
    pixels = ((image + 1) * 127.5 + 0.5).floor().clamp(0, 255).byte().permute(1, 2, 0)
    kind = 'P5' if channels == 1 else 'P6'
    path.write_bytes(f'{kind} {width} {height} 255\n'.encode() + bytes(pixels.flatten().tolist()))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint', type=pathlib.Path)
    parser.add_argument('--sample', type=pathlib.Path)
    parser.add_argument('--compare', type=pathlib.Path)
    parser.add_argument('--label', type=int, default=0)
    parser.add_argument('--guidance-scale', type=float)
    parser.add_argument('--steps', type=int)
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()

    manifest, weights = read_checkpoint(options.checkpoint)
    unet = UNet(manifest['network']['config'], weights)
    print(f'{manifest["model"]} {manifest["version"]}: '
          f'{sum(w.numel() for w in weights.values())} parameters, classes {manifest["class_names"]}')
    with torch.inference_mode():
        if options.compare:
            given = read_safetensors(options.compare.read_bytes())
            found = unet(given['z'], given['log_snr'], given['condition'].long())
            error = (found - given['eps']).abs().max().item()
            print(f'largest difference {error:.2e}, largest value {given["eps"].abs().max():.2f}')
            return 0 if error <= 1e-4 else 1
        if options.sample:
            defaults = manifest['defaults']
            image = sample(
                unet, manifest, options.label,
                options.guidance_scale or defaults['guidance_scale'],
                options.steps or defaults['num_inference_steps'], options.seed)
            write_pnm(options.sample, image[0])
            print(f'{manifest["class_names"][options.label]} is in {options.sample}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
