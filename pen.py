import pickle,glob,numpy as np,puppet
from clean_up import score as C
for size in (1024,2048):
    for f in sorted(glob.glob(f'/work/scratch/line7/trials/Rs0_sk{size}_9900*.pkl'))[:10]:
        seed=int(f[-10:-4]); r=pickle.load(open(f,'rb'))
        rng=np.random.default_rng((seed,61)); puppet.a_drawing(rng,int(rng.integers(1<<31)),size)
        st=puppet.RoughStyle.sample(rng,size)
        print(size,seed,'hand %.2f wander %.1f passes %d pen %.2f scale %.3f shown hand %.2f'%(st.width,st.wander,st.passes,r.pen,r.scale[0],st.width*r.scale[0]))
