import sys, pickle, json, time
sys.path[:0]=["/tmp/wt/model","/tmp/wt"]
from exporters import export, Rows, Tables
from pathlib import Path
m=pickle.load(open('/work/main/model/artifact/model.pkl','rb'))
import msgspec, numpy as np
def compile_(m, method, rows, folder=Path("/tmp/cb")):
    folder.mkdir(exist_ok=True); t=Tables(); e=export(m, method, rows, t)
    (folder/"graph.json").write_bytes(msgspec.json.encode({"tables":t.described,"root":e.operation})); (folder/"arrays.bin").write_bytes(t.data)
    from handler.backends.compiled import graph
    return graph.load(folder)
f=compile_(m,"predict_proba",Rows(1,types=("string",),names=("text",)))
from model import rows as R
asked,_=R.generate([{"type":"string","name":"text","required":True}],[])
worst=0; bit=0
for r in asked:
    if r["text"] is None: continue
    a=m.predict_proba(np.array([[r["text"]]],dtype=object))[0]; b=f((r["text"],))
    d=max(abs(a-b)); worst=max(worst,d); bit+= list(a)==b
print(len(asked),worst,bit)
t=time.perf_counter(); 
for _ in range(200): f(("word "*200,))
print((time.perf_counter()-t)/200*1e3,"ms")
