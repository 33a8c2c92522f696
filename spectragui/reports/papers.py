"""The four papers: what they are called, what of them cannot be compared, and what nobody here has."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType


@dataclasses.dataclass(frozen=True)
class Paper:
    """One paper that this program implements.

    Attributes
    ----------
    name : str
        On the command line.
    title, reference : str
    cannot : tuple of str
        Printed numbers that nothing can be compared with, and why.
    lacks : tuple of str
        What needs data that are not at hand.
    """

    name: str
    title: str
    reference: str
    cannot: tuple[str, ...]
    lacks: tuple[str, ...]


_ROWS = (
    Paper(
        "thesis",
        "Stellar parameters with StarNet and a VGG-style network (CARMENES)",
        "Master's thesis on StarNet and VGG for CARMENES spectra; StarNet: Fabbro et al. 2018, MNRAS "
        "475, 2978",
        (
            "Table 6.1 says neither which data set it was measured on (CARMENES or BT-Settl) nor, for TG and "
            "TGM, of which label: no number of ours stands for the same thing.",
            "Four of its six rows are impossible, since MSE < MAE²: all three of StarNet, and VGG TGM. They "
            "are marked row by row.",
            "Its Chapter 3 gives VIS the R of NIR (80,000) and NIR that of VIS (94,600); its Section 4.2.4, "
            "and the instrument, have 80,400 for NIR. Its Table 3.1 has 7,215 pixels, its Section 4.1 7,214.",
            "It prints no number of epochs, no RMSE, no bias and no error of a label but by the table.",
        ),
        (
            "The CARMENES spectra (382, of which 331 stars were kept: shapes (61, 3699) and (56, 1999)) and "
            "their labels are not at hand: networks are trained on computed spectra, frames of CARMENES are "
            "simulated, and the only real spectrum of it is GJ 699 in the near infrared.",
            "The APOGEE visits of StarNet (53,135 of 17,149 stars) are not at hand; the survey cuts are "
            "offered as a filter (`spectragui dataset build`).",
            "BT-Settl spectra are at hand as quadratic models of the H band only.",
        ),
    ),
    Paper(
        "cvae",
        "Generating stellar spectra with a conditional variational autoencoder",
        "Gebran & Bentley 2025, Astronomy 4, 13",
        (
            "The paper's grid reaches 11,000 K and [M/H] +1.5; ours 3900-9750 K, [M/H] -2.5 to 0.5: numbers "
            "are compared where both exist, at the abundances of the grid ([α/M] within 0.1 where said).",
            "Its residual maps print averages of cells, its abstract a median: means are compared with "
            "means, "
            "medians with medians.",
            "The errors on its training and validation spectra (30, 45 K ...) belong to a split that is not "
            "described; test and generated spectra are compared.",
        ),
        (
            "Its spectra were computed with SYNSPEC from ATLAS9 models; the grid at hand with PySME from "
            "ATLAS9: 926 spectra, and an emulator between them.",
            "The maps and curves of its figures are pictures: only what its text says of them can be "
            "compared.",
        ),
    ),
    Paper(
        "denoise",
        "Denoising autoencoders for PFS spectra",
        "Pál & Dobos, denoising autoencoders for Subaru PFS",
        (
            "Its figures show maxima and means as points: its text says sub-percent at S/N about 10 "
            "and means "
            "within a decade for 10 < S/N < 120; no other number of them is printed.",
            "The scale of the augmentation is printed as N(1, 1.01), surely a misprint: N(1, 0.01) is used.",
            "The mean, maximum and divergence of its example spectrum stand inside a picture.",
        ),
        (
            "100,000 + 100,000 spectra of BOSZ models were drawn there; here stars come from the emulator of "
            "540 computed spectra (3600-7000 K, [M/H] -2.5 to 0.5, [α/M] -0.1 to 0.5), without end.",
            "7,500 epochs of 400 batches are days on a GPU: the page says how far the preset got.",
        ),
    ),
    Paper(
        "alhambra",
        "Galaxies in narrow bands: redshift, stellarity, mass and type (ALHAMBRA)",
        "Cacho Martinez 2020, master's thesis, UOC",
        (
            "dz/(1+z) < 0.006 is printed without saying which statistic it is, was measured on rows that the "
            "network was trained on, and with near copies of the answer among the inputs.",
            "Table 4.1 has 1.9 % stars: calling all of them galaxies gives 98.1 %. Our accuracy is "
            "also given "
            "at that part of stars.",
            "Its text and its code name different networks (75-500-600-2 against 2-3-2; 80 against 150 "
            "epochs): both are trained as they stand.",
        ),
        (
            "The survey's catalogue (446,342 objects) is not at hand: networks are trained and judged on a "
            "simulated catalogue made from 3D-HST, and looked at on 6,881 real rows.",
            "Its redshifts, masses and types are the survey's own; ours are those of the simulation.",
            "No J-PAS training data are at hand: its bands are drawn, no model is claimed.",
        ),
    ),
)
PAPERS: MappingProxyType[str, Paper] = MappingProxyType({paper.name: paper for paper in _ROWS})
