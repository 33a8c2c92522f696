"""The velocity of many spectra of one axis, by comparison with templates at all shifts at once."""

from __future__ import annotations

import torch

from spectragui.core.spectral_axis import FASTEST_STAR_KMS

STEP_KMS = 16.0
#: Pixels are added up to about as wide ones.
PIXEL_KMS = 32.0
#: How far around what was found, and how finely, narrow lines are looked for [km/s].
REFINED_KMS, REFINED_STEP_KMS = 24.0, 1.5
_AMPLITUDES = (0.6, 1.5)


class VelocitySearch:
    """Templates at all shifts on the pixels of one axis.

    Parameters
    ----------
    table : Tensor, shape (n_places, n_templates)
        Normalised flux of the templates, averaged over a pixel, at even places in ln wavelength.
    place : Tensor of int, shape (n_pixels,)
        Row of the table of each pixel at rest.
    table_step_kms, pixel_kms : float
        Step of the table, and of the pixels.
    smooth : Tensor, shape (n_pixels, n_curves)
        Smooth curves that the level of a spectrum is fitted with.
    """

    def __init__(
        self,
        table: torch.Tensor,
        place: torch.Tensor,
        table_step_kms: float,
        pixel_kms: float,
        smooth: torch.Tensor,
    ) -> None:
        count = int(FASTEST_STAR_KMS // STEP_KMS)
        self.shifts = torch.arange(-count, count + 1, device=table.device) * STEP_KMS
        self.n_templates = table.shape[1]
        self._table, self._place, self._table_step = table, place, table_step_kms
        self._smooth = smooth
        self._n_added = max(1, int(PIXEL_KMS / pixel_kms + 0.2))
        self._inverse = torch.linalg.pinv(smooth)
        self._products = (smooth[:, :, None] * smooth[:, None, :]).reshape(len(smooth), -1)
        found = []
        for shift in self.shifts:
            found.append(self._added_up(self._depths(shift).T) / self._n_added)
        # One row for each template and shift: what a spectrum is multiplied with.
        self._depth = torch.stack(found, dim=1).reshape(-1, found[0].shape[1]).contiguous()
        self._squares = self._depth.square()

    @property
    def n_bytes(self) -> int:
        """What its tables take."""
        return self._table.nbytes + self._depth.nbytes + self._squares.nbytes + self._products.nbytes

    def __call__(
        self, flux: torch.Tensor, weight: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the best template, its shift [km/s] and by how much its chi2 is below the next one's.

        Parameters
        ----------
        flux, weight : Tensor, shape (n, n_pixels)
            Weights are inverse variances, 0 = masked.
        """
        level = self._levels(flux, weight)
        cross = self._added_up((flux - level) * level * weight) @ self._depth.T
        power = self._added_up(weight * level.square()) @ self._squares.T
        amplitude = (cross / power.clamp(min=1e-9)).clamp(*_AMPLITUDES)
        score = amplitude * (2.0 * cross - amplitude * power)
        score = score.reshape(len(flux), self.n_templates, -1)
        best = score.max(dim=1)
        at = best.values.argmax(dim=1)
        rows = torch.arange(len(flux), device=flux.device)
        template = best.indices[rows, at]
        near = score[rows, template]
        inner = at.clamp(1, self.shifts.numel() - 2)
        left, middle, right = (near[rows, inner + offset] for offset in (-1, 0, 1))
        bend = (left - 2.0 * middle + right).clamp(max=-1e-6)
        offset = (0.5 * (left - right) / bend).clamp(-1.0, 1.0)
        far = (self.shifts[None] - self.shifts[at][:, None]).abs() > 6 * STEP_KMS
        second = torch.where(far, best.values, torch.full_like(best.values, -torch.inf)).max(dim=1).values
        return template, self.shifts[inner] + offset * STEP_KMS, best.values[rows, at] - second

    def _depths(self, shift: torch.Tensor) -> torch.Tensor:
        """Return the depths of the templates at a shift, shape (n_pixels, n_templates)."""
        moved = int(torch.round(shift / self._table_step))
        rows = self._table[(self._place - moved).clamp(0, len(self._table) - 1)]
        return rows / (self._smooth @ (self._inverse @ rows)) - 1.0

    def refined(
        self, flux: torch.Tensor, weight: torch.Tensor, shift: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        """Return templates and shifts of spectra from all their pixels, near shifts that were found.

        Parameters
        ----------
        flux, weight : Tensor, shape (n, n_pixels)
        shift : Tensor, shape (n,)
        """
        level = self._levels(flux, weight)
        pull, power = (flux - level) * level * weight, weight * level.square()
        offsets = torch.arange(-REFINED_KMS, REFINED_KMS + 0.1, REFINED_STEP_KMS, device=flux.device)
        templates, shifts = [], []
        for row, start in enumerate(shift):
            scores = []
            for offset in offsets:
                depth = self._depths(start + offset)
                cross, square = pull[row] @ depth, power[row] @ depth.square()
                amplitude = (cross / square.clamp(min=1e-9)).clamp(*_AMPLITUDES)
                scores.append(amplitude * (2.0 * cross - amplitude * square))
            score = torch.stack(scores)
            best = int(score.max(dim=1).values.argmax())
            templates.append(score[best].argmax())
            shifts.append(start + offsets[best])
        return torch.stack(templates), torch.stack(shifts)

    def _levels(self, flux: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """Return the weighted least-squares fits of smooth curves, kept above 0, shape (n, n_pixels)."""
        n_curves = self._smooth.shape[1]
        normal = (weight @ self._products).reshape(-1, n_curves, n_curves).double()
        right = ((weight * flux) @ self._smooth).double()
        ridge = 1e-6 * normal.diagonal(dim1=1, dim2=2).mean(dim=1).clamp(min=1e-12)
        normal = normal + ridge[:, None, None] * torch.eye(n_curves, device=flux.device)
        level = torch.linalg.solve(normal, right[:, :, None])[:, :, 0].float() @ self._smooth.T
        return torch.maximum(level, 0.05 * level.abs().median(dim=1, keepdim=True).values)

    def _added_up(self, values: torch.Tensor) -> torch.Tensor:
        """Return sums of neighbouring pixels, shape (n, n_pixels / n_added); the last may have fewer."""
        missing = -values.shape[1] % self._n_added
        padded = torch.nn.functional.pad(values, (0, missing))
        return padded.reshape(len(values), -1, self._n_added).sum(dim=2)
