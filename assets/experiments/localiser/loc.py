import sys, pickle, time
import numpy as np
from pathlib import Path
from spine_core.training.data import read_all, CALIBRATION_FOLD
from spine_core.training.answering import _misses, _Look, _located, NEAR
from spine_core.training.crops import series_of
from spine_core.anatomy.network import Localiser
from spine_core.anatomy.locate import locate
from spine_core.grading.bundle import WEIGHTS, LOCALISER
fold=int(sys.argv[1]); w=Path(sys.argv[2]) if len(sys.argv)>2 else WEIGHTS/LOCALISER
L=Localiser.load(w)
pics=[p for p in read_all(Path('/work/shared/data'), space=False) if p.fold==fold]
looks={}
t=time.time()
out=[]
for p in pics:
    a=locate(L, series_of(p))
    found={d.level:d for d in a.discs}
    l=_Look(p.patient, tuple(_misses(p,found)), a.level_certain)
    looks.setdefault((p.source,p.sequence),[]).append(l)
    out.append((p.source,p.sequence,p.patient,p.name if hasattr(p,'name') else '',l.misses,a.level_certain))
    bad=[m for m in l.misses if m is None or m>NEAR]
    if bad: print(p.source,p.sequence,p.patient,[None if m is None else round(m,2) for m in l.misses],'certain' if a.level_certain else 'UNC', 'MISC' if l.miscounted else '', a.reasons, flush=True)
for k,v in sorted(looks.items()):
    r=_located(*k,[x for x in v if x.misses])
    if r: print(r)
print(time.time()-t)
