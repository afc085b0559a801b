"""A figure seen from other sides: Zero-1-to-3 (Liu et al. 2023), put together from diffusers' own parts.

diffusers has no pipeline of this class, and the code that checkpoints bring along is not run; so the parts are loaded
one by one (autoencoder, image encoder, U-Net, scheduler, and the linear layer that joins picture and camera) and
sampled here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from ...errors import MissingWeights, NotReady
from ..weights import read_tensors

if TYPE_CHECKING:
    from torch import Tensor

NAME = "zero123"  # in the zoo
_PROJECTIONS = ("cc_projection", "clip_camera_projection")  # what the ports to diffusers call the linear layer
_MEAN, _SPREAD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # of the image encoder
_CAMERA = 4  # numbers that say where the camera stands

Picture = npt.NDArray[np.uint8]


class ViewTurner:
    """The parts of a Zero-1-to-3 checkpoint."""

    def __init__(self, vae: Any, encoder: Any, unet: Any, scheduler: Any, projection: Any) -> None:
        self._vae, self._encoder, self._unet = vae, encoder, unet
        self._scheduler, self._projection = scheduler, projection
        shrink = 2 ** (len(vae.config.block_out_channels) - 1)
        self.side = int(unet.config.sample_size) * shrink
        """Pixels a side of the views."""

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> ViewTurner:
        """From a folder in diffusers' layout, safetensors only.

        MissingWeights where it is not whole, damaged or of another kind; NotReady where transformers is not installed.
        """
        from ..torchvision_ops import mend

        mend()
        try:
            from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
            from transformers import CLIPVisionModelWithProjection
        except ImportError as error:
            raise NotReady("Turned views need transformers.", hint="Install shiage[views].") from error

        def part(kind: Any, name: str) -> Any:
            return kind.from_pretrained(str(folder / name), local_files_only=True, use_safetensors=True)

        try:
            vae, encoder = part(AutoencoderKL, "vae"), part(CLIPVisionModelWithProjection, "image_encoder")
            unet = part(UNet2DConditionModel, "unet")
            scheduler: Any = DDIMScheduler
            scheduler = scheduler.from_pretrained(str(folder / "scheduler"), local_files_only=True)
        except Exception as error:  # diffusers, transformers and safetensors each raise their own for a damaged file
            reason = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
            raise MissingWeights(
                f"The view network can't be loaded: {reason}.", where=str(folder), hint="Fetch it again."
            ) from error
        if unet.config.in_channels != 2 * vae.config.latent_channels:
            raise MissingWeights("This is no Zero-1-to-3 network: it takes no picture.", where=str(folder))
        projection = _projection(folder, encoder.config.projection_dim, unet.config.cross_attention_dim)
        for net in (vae, encoder, unet, projection):
            net.eval().to(device)
        return cls(vae, encoder, unet, scheduler, projection)

    def views(
        self,
        picture: Picture,
        azimuths: Sequence[float],
        *,
        steps: int = 30,
        guidance: float = 3.0,
        seed: int = 0,
        check: Callable[[], None] = lambda: None,
    ) -> Picture:
        """(n, side, side, 3) uint8 RGB: the figure of ``picture``, (side, side, 3) uint8 on white, turned by each of
        ``azimuths`` degrees. The same seed gives the same views."""
        import torch

        device = next(self._unet.parameters()).device
        noise = torch.Generator("cpu").manual_seed(seed)
        with torch.inference_mode():
            given = (
                torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float().to(device) / 127.5 - 1
            )
            beside = self._vae.encode(given).latent_dist.mode().expand(len(azimuths), -1, -1, -1)
            context = self._context(given, azimuths)
            # The first half is left without picture and camera: what they change is what guidance strengthens.
            context = torch.cat([torch.zeros_like(context), context])
            beside = torch.cat([torch.zeros_like(beside), beside])
            self._scheduler.set_timesteps(steps)
            latents = torch.randn((len(azimuths), *beside.shape[1:]), generator=noise).to(device)
            latents = latents * self._scheduler.init_noise_sigma
            for step in self._scheduler.timesteps:
                check()
                seen = self._scheduler.scale_model_input(torch.cat([latents, latents]), step)
                guess = self._unet(torch.cat([seen, beside], 1), step, encoder_hidden_states=context).sample
                without, with_ = guess.chunk(2)
                guess = without + guidance * (with_ - without)
                latents = self._scheduler.step(guess, step, latents).prev_sample
            painted = self._vae.decode(latents / self._vae.config.scaling_factor).sample
            painted = ((painted.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
        return np.asarray(painted.permute(0, 2, 3, 1).cpu().numpy(), np.uint8)

    def _context(self, given: Tensor, azimuths: Sequence[float]) -> Tensor:
        """(n, 1, D): what the picture shows, and where the camera goes: its rise, sine and cosine of its turn, its way
        out."""
        import torch

        size = int(self._encoder.config.image_size)
        small = torch.nn.functional.interpolate(given, (size, size), mode="bicubic", antialias=True)
        mean, spread = (torch.tensor(v, device=given.device)[:, None, None] for v in (_MEAN, _SPREAD))
        shown = self._encoder(((small + 1) / 2 - mean) / spread).image_embeds
        turn = torch.deg2rad(torch.tensor(list(azimuths), device=given.device))
        still = torch.zeros_like(turn)
        camera = torch.stack([still, turn.sin(), turn.cos(), still], 1)
        joined: Tensor = self._projection(torch.cat([shown.expand(len(turn), -1), camera], 1))
        return joined[:, None]


def squared(crop: Picture, side: int) -> Picture:
    """A figure's crop, (h, w, 3) uint8 on white, in the middle of a white square, (side, side, 3)."""
    scale = 0.9 * side / max(crop.shape[:2])
    height, width = (max(1, round(edge * scale)) for edge in crop.shape[:2])
    page = np.full((side, side, 3), 255, np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    page[top : top + height, left : left + width] = cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA)
    return page


def turner() -> ViewTurner | None:
    """The network of the zoo, from the process's cache; None where it was not fetched."""
    import torch

    from ..cache import CACHE, module_bytes
    from ..zoo import entry, intact, is_here

    item = entry(NAME)
    if not is_here(item):
        return None
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return CACHE.get(NAME, lambda: ViewTurner.load(intact(item), device), lambda made: module_bytes(made._unet))


def _projection(folder: Path, shown: int, wide: int) -> Any:
    """The linear layer that joins picture and camera, from whichever folder holds it."""
    import torch

    files = [path for name in _PROJECTIONS for path in sorted((folder / name).glob("*.safetensors"))]
    if not files:
        raise MissingWeights("The layer that joins picture and camera is not here.", where=str(folder))
    tensors = read_tensors(files[0])
    weight = next((t for name, t in tensors.items() if name.endswith("weight")), None)
    bias = next((t for name, t in tensors.items() if name.endswith("bias")), None)
    if weight is None or bias is None or weight.shape != (wide, shown + _CAMERA) or bias.shape != (wide,):
        raise MissingWeights("The layer that joins picture and camera is another network's.", where=str(files[0]))
    layer = torch.nn.Linear(shown + _CAMERA, wide)
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    return layer
