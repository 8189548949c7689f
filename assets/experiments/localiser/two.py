import numpy as np
src=open('/tmp/loc.py').read()
src=src.replace("L=Localiser.load(w)","A=Localiser.load(WEIGHTS/LOCALISER); B=Localiser.load(Path('/tmp/new/localiser.safetensors'))\nclass Two:\n    id=A.id\n    def __call__(self,p):\n        return (A(p)+B(p))/2\nL=Two()")
exec(src)
