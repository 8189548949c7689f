"""Relaxation times and proton densities of the tissues of a lumbar spine.

Values for 1.5 T. Sources: Gold et al. 2004 (muscle, fat, cartilage, fluid; AJR 183:343), Stanisz et al. 2005
(cord, nerve, blood; MRM 54:507), de Bazelaire et al. 2004 (marrow, kidney; Radiology 230:652), Rooney et al. 2007
(CSF T1; MRM 57:308), Welsch et al. 2011 and Marinelli et al. 2009 (disc T2 by degeneration and region;
Eur Radiol 21:2013, Spine 34:520). Proton densities are relative to CSF. Those of bone and ligament are chosen to
match the contrast of published images, since most of their protons relax too fast to be imaged.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tissue:
    """Water and fat of one tissue: relaxation times of its water in ms; fat has its own.

    ``density``: proton density over that of CSF. ``fat``: fraction of the protons in fat.
    """

    density: float
    t1: float
    t2: float
    fat: float = 0.0


FAT_T1 = 288.0
FAT_T2 = 165.0
"""Relaxation times of fat in a turbo spin echo (Gold 2004)."""

SKIN = Tissue(0.5, 800, 35)
FAT = Tissue(1.0, 800, 40, fat=0.95)
SEPTUM = Tissue(0.35, 900, 25)
MUSCLE = Tissue(0.8, 1130, 35, fat=0.03)
LIGAMENT = Tissue(0.09, 900, 14)
FLAVUM = Tissue(0.45, 900, 28)
CORTEX = Tissue(0.05, 900, 10)
INTERSPINOUS = Tissue(0.55, 900, 38, fat=0.28)
MARROW = Tissue(0.56, 950, 47, fat=0.42)
MODIC = {
    1: Tissue(0.62, 1500, 92, fat=0.08),
    2: Tissue(0.70, 800, 50, fat=0.78),
    3: Tissue(0.14, 1000, 30, fat=0.2),
}
"""Oedema, fatty and sclerotic marrow (Modic 1988): dark on T1 and bright on T2; bright on both; dark on both."""
CSF = Tissue(1.0, 4000, 1800)
CORD = Tissue(0.68, 745, 80)
ROOT = Tissue(0.66, 900, 78)
ANNULUS = Tissue(0.34, 1000, 30)
INNER_ANNULUS = Tissue(0.66, 1150, 52)
EXTRUDED = Tissue(0.66, 1150, 66)
VEIN = Tissue(0.75, 1250, 150)
VESSEL = Tissue(0.04, 1400, 100)
ORGAN = Tissue(0.85, 950, 60, fat=0.02)
BOWEL = Tissue(0.7, 1000, 55)


NUCLEUS = {
    1: Tissue(0.88, 1350, 150),
    2: Tissue(0.84, 1280, 116),
    3: Tissue(0.78, 1180, 80),
    4: Tissue(0.70, 1100, 57),
    5: Tissue(0.52, 1020, 44),
}
"""By Pfirrmann grade: the T2 of the nucleus decreases with its water content (Marinelli 2009)."""
