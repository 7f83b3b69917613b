/**
 * The noise-prediction network: its shape, its TorchScript program and the archive that PyTorch
 * loads.
 *
 * <p>{@link dev.anagama.diffusion.network.UNetConfig} says how large, {@link
 * dev.anagama.diffusion.network.UNetProgram} turns that into a tree of modules, {@link
 * dev.anagama.diffusion.network.TorchScriptArchive} writes the tree as a file, and {@link
 * dev.anagama.diffusion.network.TorchDenoiser} runs it.
 */
@NullMarked
package dev.anagama.diffusion.network;

import org.jspecify.annotations.NullMarked;
