import sys, time
import numpy as np
from pathlib import Path
import spine_core.anatomy.locate as LL
from spine_core.anatomy.levels import Seen
from spine_core.anatomy.chain import Chain, look, find_chain
from spine_core.anatomy import network
from spine_core.study.geometry import crop_frame
import math
SC=[(27,0),(39,0),(33,-8),(33,8)]
if len(sys.argv)>3: SC=eval(sys.argv[3])
orig_look=LL._look
def closer(series,count,pitch,deg):
    reference=count.reference
    points=reference.view.to_slice(reference.chain.cells)
    idx=count.indices[reference.index]
    lumbar=points[(idx>=0)&(idx<5)]
    middle=(lumbar if len(lumbar) else points).mean(axis=0)
    asp=series.row_to_column_spacing
    w=network.SIZE/pitch*LL._pitch(points,asp)
    a=math.radians(deg)
    return crop_frame((float(middle[0]),float(middle[1])),(math.cos(a),math.sin(a)),w,network.SIZE,asp)
def locate(localiser, series, progress=None):
    pictures={}
    def picture(i):
        if i not in pictures: pictures[i]=network.standardise(series.bright(i))
        return pictures[i]
    frame=LL.whole((series.rows,series.columns),series.row_to_column_spacing)
    first=orig_look(localiser,picture,LL._spread(series),frame)
    if not first: return LL._nothing(series,"none")
    count=LL.count_levels(first)
    second=orig_look(localiser,picture,LL._neighbours(count.reference.index,series),LL._closer(series,count))
    if second:
        extra=[]
        for p,d in SC:
            f=closer(series,count,p,d)
            extra.append(look(localiser,[picture(s.index) for s in second],[f]*len(second)))
        new=[]
        for k,s in enumerate(second):
            pts=s.view.to_slice(s.chain.cells)
            logs=[np.log(np.clip(s.chain.levels,.01,1))]
            for views in extra:
                v=views[k]; cells=v.cells(pts)
                lv=np.array([v.at(slice(network.CENTERS.start,network.OTHER+1),c) for c in cells])
                logs.append(np.log(np.clip(lv,.01,1)))
            new.append(Seen(s.index,s.view,Chain(s.chain.cells,np.exp(np.mean(logs,axis=0)),s.chain.pitch)))
        second=new
    return LL._place(series, second or first)
src=open('/tmp/loc.py').read().replace('from spine_core.anatomy.locate import locate\n','')
exec(src)
