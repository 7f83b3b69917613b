"""The U-Net of docs/checkpoint-format.md in eager PyTorch, for the loops beside this file."""
import json
import struct

import torch
import torch.nn.functional as F


def read_header(data):
    """The header of a safetensors file, with its length."""
    (header_bytes,) = struct.unpack_from('<Q', data)
    return json.loads(data[8:8 + header_bytes]), header_bytes


def read_safetensors(data):
    """The float32 tensors of a safetensors file, by name."""
    header, header_bytes = read_header(data)
    header.pop('__metadata__', None)
    body = bytearray(data[8 + header_bytes:])
    tensors = {}
    for name, entry in header.items():
        assert entry['dtype'] == 'F32', f'{name} is {entry["dtype"]}'
        start, end = entry['data_offsets']
        flat = torch.frombuffer(body, dtype=torch.float32, count=(end - start) // 4, offset=start)
        tensors[name] = flat.reshape(entry['shape']).clone()
    return tensors


def placed(weights, dtype, device):
    """The weights in a precision, those of convolutions channels-last."""
    return {
        name: w.to(device, dtype, memory_format=torch.channels_last) if w.dim() == 4
        else w.to(device, dtype)
        for name, w in weights.items()}


PLAIN = {'skips': 'level', 'resampling': 'convolution', 'attention_levels': [],
         'head_channels': 0, 'dropout': 0}


def doubled(x):
    return F.interpolate(x, scale_factor=2, mode='nearest')


class UNet:
    """eps = unet(z, log_snr, condition), float32 in and out, inside in the precision dtype.

    inplace: whether activations overwrite what they are computed from, where no gradient is wanted;
    where one is, values are dropped if the network has dropout.
    """

    def __init__(self, config, weights, dtype, device, inplace):
        self.config, self.weights, self.dtype, self.inplace = config, weights, dtype, inplace
        self.form, self.training = config.get('architecture', PLAIN), not inplace
        frequencies = 0.1 * 100 ** (torch.arange(32, dtype=torch.float64) / 31)
        self.frequencies = frequencies.float().to(device)

    def conv(self, name, x, stride=1):
        weight = self.weights[name + '.weight']
        return F.conv2d(x, weight, self.weights[name + '.bias'], stride, weight.shape[-1] // 2)

    def linear(self, name, x):
        return F.linear(x, self.weights[name + '.weight'], self.weights[name + '.bias'])

    def norm(self, name, x):
        return F.group_norm(x, self.config['norm_groups'], self.weights[name + '.weight'],
                            self.weights[name + '.bias'], 1e-5)

    def silu(self, x):
        return F.silu(x, inplace=self.inplace)

    def embedding(self, log_snr, condition):
        phase = log_snr[:, None] / 4 * self.frequencies
        waves = torch.cat([phase.sin(), phase.cos()], 1).to(self.dtype)
        level = self.linear('embedding.second', F.silu(self.linear('embedding.first', waves)))
        return F.silu(level + self.weights['embedding.conditions'][condition])

    def block(self, name, x, e, resize=None):
        h = self.silu(self.norm(name + '.norm_in', x))
        if resize:
            h, x = resize(h), resize(x)
        h = self.conv(name + '.conv_in', h)
        scale, shift = self.linear(name + '.modulation', e)[:, :, None, None].chunk(2, 1)
        h = torch.addcmul(shift, self.norm(name + '.norm_out', h), scale + 1)
        h = self.silu(h)
        if self.training and self.form['dropout'] > 0:
            h = F.dropout(h, self.form['dropout'])
        h = self.conv(name + '.conv_out', h)
        wider = name + '.across.weight' in self.weights
        return h.add_(self.conv(name + '.across', x) if wider else x)

    def attention(self, name, x):
        n, channels, height, width = x.shape
        heads = self.heads(channels)
        tokens = self.norm(name + '.norm', x).flatten(2).transpose(1, 2)
        qkv = self.linear(name + '.qkv', tokens).view(n, -1, 3, heads, channels // heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, -1, channels)
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
        x = z.to(self.dtype)
        if config['patch_size'] > 1:
            x = F.pixel_unshuffle(x, config['patch_size'])
        h = self.conv('stem', x.contiguous(memory_format=torch.channels_last))
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
        h = self.conv('head', self.silu(self.norm('norm', h)))
        if config['patch_size'] > 1:
            h = F.pixel_shuffle(h, config['patch_size'])
        return h.float().contiguous()
