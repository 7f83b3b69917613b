#!/usr/bin/env python3
"""Joint training in eager PyTorch: the loop that one would write without Anagama.

It trains the same network from the same weights on the same batches as the Java side, all of which
a safetensors file brings. Everything that makes such a loop fast and asks for no compiler is used:
bfloat16 autocast, channels-last, the fused AdamW, gradients clipped and weights averaged over all
parameters at once, and batches that lie ready in memory, noised beforehand.

  training.py FILE [--precision bfloat16|float32] [--device cpu|cuda] [--seconds 10]

prints one line of JSON: images a second, batch size, version of torch.

With --follow it answers requests on standard input, a line of JSON for each:

  losses N       mean loss of each of the first N steps from the file's weights; N at most the
                 number of batches in the file
  run SECONDS    images a second over whole steps, for at least that long
"""
import argparse
import json
import pathlib
import sys
import time

import torch
import torch.nn.functional as F

from unet import UNet, placed, read_header, read_safetensors


class Training:
    """AdamW along the gradient of || eps_theta(z, c) - eps ||^2, and the average of the weights."""

    def __init__(self, file, precision, device):
        data = file.read_bytes()
        self.options = json.loads(read_header(data)[0]['__metadata__']['training'])
        tensors = read_safetensors(data)
        self.start = {name[len('parameter/'):]: t for name, t in tensors.items()
                      if name.startswith('parameter/')}
        self.precision, self.device = getattr(torch, precision), device
        self.batches = self.prepared(tensors)
        self.restart()

    def prepared(self, tensors):
        """Batches as the network takes them: z, log_snr, condition, eps."""
        rows = self.options['batch_size']
        split = {name: tensors[name].to(self.device).split(rows)
                 for name in ('z', 'log_snr', 'condition', 'eps')}
        return list(zip(split['z'], split['log_snr'], [c.long() for c in split['condition']],
                        split['eps']))

    def restart(self):
        options = self.options
        weights = placed(self.start, torch.float32, self.device)
        self.parameters = [w.clone().requires_grad_() for w in weights.values()]
        self.averages = [p.detach().clone() for p in self.parameters]
        self.unet = UNet(options['network'], dict(zip(weights, self.parameters)), self.precision,
                         self.device, inplace=False)
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=options['learning_rate'],
            betas=(options['beta1'], options['beta2']), eps=1e-8,
            weight_decay=options['weight_decay'], fused=True)
        self.steps = 0

    def step(self):
        """The loss of the next batch, after which the weights have moved."""
        z, log_snr, condition, eps = self.batches[self.steps % len(self.batches)]
        self.steps += 1
        with torch.autocast(self.device.type, self.precision,
                            enabled=self.precision != torch.float32):
            predicted = self.unet(z, log_snr, condition)
        loss = F.mse_loss(predicted, eps)
        loss.backward()
        if self.options['max_gradient_norm'] > 0:
            torch.nn.utils.clip_grad_norm_(
                self.parameters, self.options['max_gradient_norm'], foreach=True)
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.averages, self.parameters, 1 - self.options['average_kept'])
        self.optimizer.zero_grad(set_to_none=True)
        return loss.item()

    def losses(self, steps):
        self.restart()
        return [self.step() for _ in range(steps)]

    def rate(self, seconds):
        """Images a second over whole steps, for at least that long."""
        self.step()  # What has rested meanwhile is warm again.
        start, steps = time.perf_counter(), 0
        while True:
            self.step()
            steps += 1
            elapsed = time.perf_counter() - start
            if elapsed >= seconds:
                return steps * self.options['batch_size'] / elapsed


def follow(training):
    for line in sys.stdin:
        request, _, argument = line.strip().partition(' ')
        if request == 'losses':
            answer = {'losses': training.losses(int(argument))}
        elif request == 'run':
            answer = {'images_per_second': training.rate(float(argument))}
        else:
            answer = {'error': f'{request} is unknown'}
        print(json.dumps(answer), flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('file', type=pathlib.Path)
    parser.add_argument('--precision', choices=['bfloat16', 'float32'], default='bfloat16')
    parser.add_argument('--device', default='cpu')
    parser.add_argument('--seconds', type=float, default=10)
    parser.add_argument('--follow', action='store_true')
    options = parser.parse_args()

    training = Training(options.file, options.precision, torch.device(options.device))
    found = {'batch': training.options['batch_size'], 'threads': torch.get_num_threads(),
             'torch': torch.__version__}
    if options.follow:
        print(json.dumps(found), flush=True)
        follow(training)
    else:
        found['images_per_second'] = training.rate(options.seconds)
        print(json.dumps(found))
    return 0


if __name__ == '__main__':
    sys.exit(main())
