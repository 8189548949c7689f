"""Words that stay in a description: technical ones, in lower case without accents."""

from __future__ import annotations

_WEIGHTING = """
t1 t2 t1w t2w t1wi t2wi t1fse t2fse t1tse t2tse t2frfse t1flair t2stir tstir tt2stir stir tirm ir pd pdw
proton density weighted wi flair st2 st1 sagt2 sagt1 axt2 axt1 trat2 trat1 cort2 cort1 st2w st1w sagt2w sagt1w
axt2w trat2w t2star star
"""
_SEQUENCES = """
tse fse frfse se ge gre fgre turbo fast spin echo gradient multi multiecho shot single haste ssfse ssh msh
space spc spcr cube vista tgse blade propeller radial multivane medic merge mffe m ffe mgre cosmic swi swan
swip flash vibe spgr fspgr tfe dess ciss fiesta trufi true fisp truefisp bffe balanced lava bravo mprage
thrive tof dixon mdixon ideal qdixon flex iqdixon epi ep resolve zoomit grappa sense asset arc caipi
caipirinha drive dl deep compressed isotropic iso hr hi high res resolution rapid dwi dti diff diffusion ivim
trace tracew adc eadc fa map maps mapit parametric b perfusion
"""
_PLANES = """
sag sagittal sagital sagittale ax axial axiale tra trans transversal transverse transversale transaxial cor
coronal coronale obl oblique plane planes s tr localizer localiser loc scout survey topogram pilot
"""
_CONTRASTS = """
fs fat fatsat fatsup sat saturated saturation spair spir supp suppressed suppression water free chess we null
nulled w f ff pdff only image images fraction percentage in opp opposed phase out outphase of inphase gd km
post pre no non without o ohne sans sem sin ce c dyn dynamic dynamics delayed early with mit and ip max min
mip minip mnip sub subs myelo op operative operation postop postoperative preoperative
"""
_AGENTS = """
contrast agent gadolinium gadovist gadavist gadobutrol dotarem clariscan omniscan magnevist prohance multihance
primovist ml
"""
_SPINE = """
spine spinal lspine cspine tspine l ls lsp sp t lws bws hws ws wirbelsaule columna coluna colonna rachis
vertebral vertebra column disc discs disk disks level levels lumbar lumbal lumbale lumbalis lumbosacral
lumbosacra lumbaire lumbo lombaire lombar lombare lombo sacrum sacral sacroiliac si iliosacral thoracolumbar
cervical cervicale cervicothoracic thoracic thoracal thorakal dorsal dorsale dorsolumbar whole total full
upper lower left right bilateral body
"""
_BODY = """
brain gehirn skull cranium cranial cerebral orbit orbits iac knee knees knie genou rodilla joelho shoulder
shoulders schulter epaule hombro ankle ankles wrist wrists elbow elbows breast breasts mamma cardiac liver
kidney kidneys prostate prostata uterus femur tibia humerus extremity extremities head kopf neck hals hip hips
hand hands foot feet leg legs arm arms thorax chest heart abdomen abdominal pelvis pelvic first
"""
_COMPLAINTS = """
pain pains ache aches numbness weakness radicular radiating sciatica ischias injury trauma history hx
replacement schmerz schmerzen douleur douleurs dor dolor claudication symptoms
"""
_OTHER = """
mr mri mrt rm irm rmn magnetom study exam series sequence protocol routine standard screening adult nd norm
filt filtered dis2d dis3d mag magnitude real imaginary derived reformat mpr recon reconstruction reconstructed
thin thick slab block blocks stack nex avg mm cm ms hz deg sl min sec test tests phantom synthetic demo
demonstration unknown other none yes i p r
"""

WORDS = frozenset(
    " ".join(
        (_WEIGHTING, _SEQUENCES, _PLANES, _CONTRASTS, _AGENTS, _SPINE, _BODY, _COMPLAINTS, _OTHER)
    ).split()
)

STEMS = {
    "thoracolumb": "thoracolumbar",
    "toracolomb": "toracolombar",
    "lumb": "lumbar",
    "lomb": "lombar",
    "lenden": "lumbar",
    "ledzwi": "lumbar",
    "bederni": "lumbar",
    "agyeki": "lumbar",
    "sacr": "sacrum",
    "sakr": "sacrum",
    "lsp": "lsp",
    "cervic": "cervical",
    "thoracal": "thoracal",
    "cerebr": "cerebral",
    "encef": "encefalo",
    "prostat": "prostata",
    "extremit": "extremity",
    "numb": "numbness",
    "weak": "weakness",
    "radicul": "radicular",
    "radiat": "radiating",
    "injur": "injury",
    "schmerz": "schmerz",
    "dolor": "dolor",
    "claudic": "claudication",
    "symptom": "symptoms",
    "kontrast": "kontrast",
    "contrast": "contrast",
    "gado": "gadolinium",
    "nativ": "nativ",
    "myelo": "myelo",
    "subtract": "subtraction",
    "fatsat": "fatsat",
}
"""Words that replace others with the same beginning, the longer beginnings first. The rules that read descriptions
treat both alike; a surname may begin as "lumbar" does."""
