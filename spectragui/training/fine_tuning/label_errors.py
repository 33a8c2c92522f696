"""The errors of each label on the validation stars, while a network trains."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.networks.conditions import LabelScaling
from spectragui.training.callbacks import Callback, TrainingState
from spectragui.training.fine_tuning.observed_stream import ObservedStream


class LabelErrors(Callback):
    """Note mean absolute error, bias and scatter of each label, in its unit, at each validation.

    Parameters
    ----------
    stream : ObservedStream
    scaling : LabelScaling
    """

    def __init__(self, stream: ObservedStream, scaling: LabelScaling) -> None:
        self._stream, self._scaling = stream, scaling

    def on_validation_end(self, state: TrainingState, parts: dict[str, Any]) -> None:
        """Predict the validation spectra with the averaged weights."""
        import torch

        batch = self._stream.draw_validation(0, parts["generator"])
        device = next(parts["average"].parameters()).device
        inputs = [array.to(device) for array in (batch.flux, batch.is_used, batch.conditions)]
        with torch.no_grad():
            mean, log_sigma = parts["average"](*inputs).double().cpu().chunk(2, dim=1)
        labels, _ = self._scaling.to_labels(mean.numpy(), log_sigma.exp().numpy())
        state.label_errors = {}
        for name, column, true in zip(self._scaling.names, labels.T, batch.labels.T, strict=True):
            error = (column - true)[np.isfinite(true)]
            if len(error):
                found = (np.abs(error).mean(), np.median(error), error.std())
                state.label_errors[name] = [round(float(value), 4) for value in found]
