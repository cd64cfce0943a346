(* Certificates of linear networks: a check on rational numbers that the kernel computes, and the proof that it is sound. *)
From Coq Require Import ZArith QArith Qreduction Qabs.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import Network FrobeniusNorm PositiveSemidefinite RationalMatrices RationalBounds RationalNetwork.
From FA.core Require Import LinearContraction.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Close Scope Q_scope. Local Close Scope Z_scope.
Delimit Scope Z_scope with zz. Delimit Scope Q_scope with qq.
Local Open Scope ring_scope.

(* The network, the bits k to which centres are rounded, and a rational number within tau of 1/sqrt p. *)
Record problem := Problem { net : network; prec : positive; near_root : Q; root_error : Q }.
(* What a certificate says: the number T of steps that are followed exactly, the norm r0 of the step matrix at the end
   with the factors L, D that show it, radii, a bound eps on the error after T steps and the rate rho. *)
Record cert := Cert { cT : nat; cr0 : Q; cL : qmx; cD : seq Q; cRh : Q; cRb : Q;
  ceps : Q; crho : Q }.

Section Compute.
Variable P : problem.
Let n := samples (net P). Let p := width (net P). Let k := prec P.
Let X := inputs (net P). Let y := targets (net P). Let b := feedback (net P).
(* The step sizes once the hidden weights are multiplied by 1/sqrt p. *)
Definition deW : Q := qmul (step_size (net P)) (qinv p).
Definition deB : Q := step_size (net P).
Definition kmat := qmulT X X.
Definition tstate := (qmx * seq Q * Q * Q)%type.
Definition qec (hc : qmx) (bc : seq Q) : seq Q :=
  mkseq (fun i => qsub (qdot (nth [::] hc i) bc) (qv y i)) n.
Definition rerr (hc : qmx) (bc : seq Q) (dh dbb : Q) : Q :=
  let kh := qsqrt_up k (qnsq n hc) in let kbe := qsqrt_up k (qvnsq bc) in
  qadd (qadd (qmul dh kbe) (qmul kh dbb)) (qmul dh dbb).
(* (eta/p) b, rounded, and how far off that is. *)
Definition near_b : seq Q := map (fun v => qrnd k (qmul deW v)) b.
Definition off_b : Q := qsqrt_up k (qvnsq (mkseq (fun r => qsub (qmul deW (qv b r)) (qv near_b r)) p)).
(* One step of the tube: the step of its centre with rounded factors, rounded, and radii by `tube_step`. *)
Definition tube (K : qmx) (cb : seq Q) (dc : Q) (s : tstate) : tstate :=
  let: (hc, bc, dh, dbb) := s in
  let ec := qec hc bc in
  let kK := qsqrt_up k (qnsq n K) in let kb := qsqrt_up k (qvnsq b) in
  let kh := qsqrt_up k (qnsq n hc) in let ke := qsqrt_up k (qvnsq ec) in
  let re := rerr hc bc dh dbb in
  let Ke := mkseq (fun i => qdot (nth [::] K i) ec) n in
  let Kr := map (qshift k) Ke in
  let er := map (fun v => qshift k (qmul deB v)) ec in
  let dK := qsqrt_up k (qvnsq (mkseq (fun i => qsub (qv Ke i) (qv Kr i)) n)) in
  let de := qsqrt_up k (qvnsq (mkseq (fun i => qsub (qmul deB (qv ec i)) (qv er i)) n)) in
  let h1 := qmk n p (fun i r => qsub (qget hc i r) (qmul (qv Kr i) (qv cb r))) in
  let hT := qtr n p hc in
  let b1 := mkseq (fun r => qsub (qv bc r) (qdot (nth [::] hT r) er)) p in
  let h2 := map (map (qshift k)) h1 in let b2 := map (qshift k) b1 in
  let Rh := qmk n p (fun i r => qsub (qget h1 i r) (qget h2 i r)) in
  let Rb := mkseq (fun r => qsub (qv b1 r) (qv b2 r)) p in
  let rh := qadd (qsqrt_up k (qnsq n Rh)) (qadd (qmul dK (qmul deW kb)) (qmul (qsqrt_up k (qvnsq Kr)) dc)) in
  let rb := qadd (qsqrt_up k (qvnsq Rb)) (qmul kh de) in
  (h2, b2,
   qup k (qadd (qadd dh (qmul deW (qmul (qmul kK re) kb))) rh),
   qup k (qadd (qadd dbb (qmul deB (qadd (qmul kh re) (qmul dh (qadd ke re))))) rb)).
(* The initial tube, around the rounded pre-activations divided by sqrt p. *)
Definition tube0 : tstate :=
  let h := qmulT X (hidden (net P)) in
  let h1 := qmk n p (fun i r => qmul (near_root P) (qget h i r)) in
  let h2 := map (map (qshift k)) h1 in
  let Rh := qmk n p (fun i r => qsub (qget h1 i r) (qget h2 i r)) in
  (h2, output (net P),
   qup k (qadd (qmul (root_error P) (qsqrt_up k (qnsq n h))) (qsqrt_up k (qnsq n Rh))), q0).
Definition run T := iter T (tube kmat near_b off_b) tube0.
Definition pos_ok := [&& qfit (dimension (net P)) X, qfit n kmat, qfit p (qmulT X (hidden (net P))),
   (size (output (net P)) <= p)%N & [&& (size b <= p)%N, root_check p (near_root P) (root_error P),
   Qle_bool q0 deW & Qle_bool q0 deB]].

(* The rate of `linear_contraction_forever`, and the step matrix at the centre. *)
Definition qrate (c : cert) r1 kK kb kh dh dbb : Q :=
  let TH := qadd dh (cRh c) in let TB := qadd dbb (cRb c) in
  qadd (qadd (qadd r1 (qmul deB (qadd (qmul (2#1)%qq (qmul kh TH)) (qmul TH TH))))
     (qmul (qmul deW (qmul kb TB)) kK))
     (qmul (qmul (qmul deW deB) (qmul (qmul kb (qadd kh TH)) (ceps c))) kK).
Definition amat (hc : qmx) (bc : seq Q) : qmx :=
  let al := qmul deW (qdot b bc) in let G := qmulT hc hc in let K := kmat in
  qmk n n (fun i j => qsub (qsub (if i == j then (1#1)%qq else q0)
     (qmul deB (qget G i j))) (qmul al (qget K i j))).
Definition mmat (r0 : Q) (A : qmx) : qmx :=
  let At := qtr n n A in let AA := qmulT At At in
  qmk n n (fun i j => qsub (if i == j then qmul r0 r0 else q0) (qget AA i j)).
(* The check: follow T steps, then verify every hypothesis of `linear_contraction_forever`. *)
Definition check (c : cert) : bool :=
  pos_ok &&
  let: (hc, bc, dh, dbb) := run (cT c) in
  let kK := qsqrt_up k (qnsq n kmat) in let kb := qsqrt_up k (qvnsq b) in
  let kh := qsqrt_up k (qnsq n hc) in
  let A := amat hc bc in let Ar := map (map (qrnd k)) A in
  let dA := qsqrt_up k (qnsq n (qmk n n (fun i j => qsub (qget A i j) (qget Ar i j)))) in
  let M := mmat (cr0 c) Ar in
  let rho := qrate c (qadd (cr0 c) dA) kK kb kh dh dbb in
  [&& psd_check n n M (cL c) (cD c),
      Qle_bool q0 (cr0 c), Qle_bool q0 (cRh c), Qle_bool q0 (cRb c),
      Qle_bool q0 dh, Qle_bool q0 dbb,
      Qle_bool (qadd (qsqrt_up k (qvnsq (qec hc bc))) (rerr hc bc dh dbb)) (ceps c),
      Qle_bool rho (crho c), Qlt_b (crho c) (1#1)%qq,
      Qle_bool (qmul (qmul (qmul deW kK) kb) (ceps c)) (qmul (qsub (1#1)%qq (crho c)) (cRh c)) &
      Qle_bool (qmul (qmul deB (qadd kh (qadd dh (cRh c)))) (ceps c)) (qmul (qsub (1#1)%qq (crho c)) (cRb c))].
End Compute.

Section Final.
Variables (R : rcfType) (P : problem).
Notation QR := (QR R). Notation n := (samples (net P)). Notation p := (width (net P)). Notation d := (dimension (net P)).
Notation k := (prec P).
(* What the lists mean: matrices over R, the trajectory and its error. *)
Definition pX : 'M[R]_(n, d) := matrix_X R (net P).
Definition pK : 'M[R]_n := pX *m pX^T.
Definition py : 'cV[R]_n := vector_y R (net P).
Definition pb : 'cV[R]_p := vector_b R (net P).
Definition ps0 : state R d p := (root R (net P) *: (initial R (net P)).1, (initial R (net P)).2).
Definition pstep := sstep pX py pb (QR (deW P)) (QR (deB P)).
Definition traj t : state R d p := iter t pstep ps0.
Definition terr t : 'cV[R]_n := serr pX py (traj t).

(* A state is in the tube; one step, and T steps, keep it there. *)
Definition tinv (ts : tstate) (s : state R d p) : Prop :=
  let: (hc, bc, dh, dbb) := ts in
  [/\ qfit p hc, (size bc <= p)%N, nrm (hid pX s - mxq R n p hc) <= QR dh
    & nrm (s.2 - colq R p bc) <= QR dbb].

Hypothesis OK : pos_ok P.
Let okX : qfit d (inputs (net P)). Proof. by case/and5P: OK => ? ? ? ? /and4P[]. Qed.
Let okK : qfit n (kmat P). Proof. by case/and5P: OK => ? ? ? ? /and4P[]. Qed.
Let okh : qfit p (qmulT (inputs (net P)) (hidden (net P))). Proof. by case/and5P: OK => ? ? ? ? /and4P[]. Qed.
Let okbe : (size (output (net P)) <= p)%N. Proof. by case/and5P: OK => ? ? ? ? /and4P[]. Qed.
Let okb : (size (feedback (net P)) <= p)%N. Proof. by case/and5P: OK => ? ? ? ? /and4P[]. Qed.
Let okroot : root_check p (near_root P) (root_error P). Proof. by case/and5P: OK => ? ? ? ? /and4P[]. Qed.
Let okW : 0 <= QR (deW P). Proof. by apply: QR_ge0; case/and5P: OK => ? ? ? ? /and4P[]. Qed.
Let okB : 0 <= QR (deB P). Proof. by apply: QR_ge0; case/and5P: OK => ? ? ? ? /and4P[]. Qed.

Lemma pKE : pK = mxq R n n (kmat P).
Proof. by rewrite /kmat (@mxq_mulT R n d n). Qed.
Lemma size_qec hc bc : size (qec P hc bc) = n. Proof. by rewrite size_mkseq. Qed.
Lemma qecE hc bc : qfit p hc ->
  mxq R n p hc *m colq R p bc - py = colq R n (qec P hc bc).
Proof.
move=> fh; rewrite (colq_mul R n bc fh); apply/matrixP=> i j; rewrite !mxE /qec /qv.
by rewrite nth_mkseq // QRsub.
Qed.
Lemma tube_sound ts s : tinv ts s ->
  tinv (tube P (kmat P) (near_b P) (off_b P) ts) (pstep s)
  /\ (let: (hc, bc, dh, dbb) := ts in
      nrm (serr pX py s) <= QR (qadd (qsqrt_up k (qvnsq (qec P hc bc))) (rerr P hc bc dh dbb))).
Proof.
case: ts => [[[hc bc] dh] dbb] [fh sb Dh Db]; rewrite /tube.
set ec := qec P hc bc; set Ke := mkseq (fun i => qdot (nth [::] (kmat P) i) ec) n.
set Kr := map (qshift k) Ke; set er := map _ ec; set cb := near_b P; set dc := off_b P.
set kK := qsqrt_up k (qnsq n (kmat P)); set kb := qsqrt_up k (qvnsq (feedback (net P))).
set kh := qsqrt_up k (qnsq n hc); set ke := qsqrt_up k (qvnsq ec).
set re := rerr P hc bc dh dbb.
set h1 := qmk n p _; set b1 := mkseq (fun r => qsub (qv bc r) _) p; set h2 := map _ h1; set b2 := map _ b1.
set RK := mkseq (fun i => qsub (qv Ke i) _) n; set dK := qsqrt_up k (qvnsq RK).
set Re := mkseq (fun i => qsub (qmul _ (qv ec i)) _) n; set de := qsqrt_up k (qvnsq Re).
set Rh := qmk n p _; set Rb := mkseq _ p.
set rh := qadd (qsqrt_up k (qnsq n Rh)) _; set rb := qadd (qsqrt_up k (qvnsq Rb)) _.
have fh2 : qfit p h2.
  apply/(all_nthP [::]) => i; rewrite size_map size_mkseq => Hi.
  by rewrite (nth_map [::]) ?size_mkseq // size_map nth_mkseq // size_mkseq.
have sb2 : (size b2 <= p)%N by rewrite size_map size_mkseq.
have HK : nrm pK <= QR kK by rewrite pKE nrm_mxq.
have Hb : nrm pb <= QR kb by apply: nrm_colq.
have Hh : nrm (mxq R n p hc) <= QR kh by apply: nrm_mxq.
have Hbe : nrm (colq R p bc) <= QR (qsqrt_up k (qvnsq bc)) by apply: nrm_colq.
have He : nrm (mxq R n p hc *m colq R p bc - py) <= QR ke.
  by rewrite qecE //; apply: nrm_colq; rewrite size_qec.
have KeE : pK *m colq R n ec = colq R n Ke.
  rewrite pKE (colq_mul R n ec okK); apply/matrixP=> i j; rewrite !mxE /qv.
  by rewrite nth_mkseq.
have HRK : nrm (colq R n Ke - colq R n Kr) <= QR dK.
  rewrite (_ : _ - _ = colq R n RK) ?nrm_colq ?size_mkseq //.
  by apply/matrixP=> i j; rewrite !mxE /RK /qv nth_mkseq // QRsub.
have HRe : nrm (QR (deB P) *: colq R n ec - colq R n er) <= QR de.
  rewrite (_ : _ - _ = colq R n Re) ?nrm_colq ?size_mkseq //.
  by apply/matrixP=> i j; rewrite !mxE /Re /qv nth_mkseq // QRsub QRmul.
have Hcb : nrm (QR (deW P) *: pb - colq R p cb) <= QR dc.
  rewrite /dc /off_b (_ : _ - _ = colq R p (mkseq (fun r => qsub (qmul (deW P) (qv (feedback (net P)) r)) (qv cb r)) p)).
    by rewrite nrm_colq ?size_mkseq.
  apply/matrixP=> i j; rewrite !mxE /qv nth_mkseq // QRsub; congr (_ - _).
  by rewrite -QRmul.
have HKr : nrm (colq R n Kr) <= QR (qsqrt_up k (qvnsq Kr)) by rewrite nrm_colq // size_map size_mkseq.
have Hh12 : nrm (mxq R n p h1 - mxq R n p h2) <= QR (qsqrt_up k (qnsq n Rh)).
  rewrite (_ : _ - _ = mxq R n p Rh) ?nrm_mxq ?qfit_mk //.
  by rewrite [RHS]mxq_mk; apply/matrixP=> i r; rewrite !mxE QRsub.
have Hb12 : nrm (colq R p b1 - colq R p b2) <= QR (qsqrt_up k (qvnsq Rb)).
  rewrite (_ : _ - _ = colq R p Rb) ?nrm_colq ?size_mkseq //.
  by apply/matrixP=> r j; rewrite !mxE /Rb /qv nth_mkseq // QRsub.
have Hrh : nrm (mxq R n p hc - QR (deW P) *: (pK *m (mxq R n p hc *m colq R p bc - py) *m pb^T) - mxq R n p h2) <= QR rh.
  rewrite qecE // KeE.
  have -> : mxq R n p hc - QR (deW P) *: (colq R n Ke *m pb^T) - mxq R n p h2
      = (mxq R n p h1 - mxq R n p h2) - ((colq R n Ke - colq R n Kr) *m (QR (deW P) *: pb)^T
          + colq R n Kr *m (QR (deW P) *: pb - colq R p cb)^T).
    rewrite mxq_mk; apply/matrixP=> i r; rewrite !mxE !big_ord1 !mxE QRsub QRmul.
    by move: (QR _) (QR _) (QR _) (QR _) (QR _) => *; ring.
  rewrite /rh QRadd (le_trans (nrm_sub _ _)) // ler_add // QRadd (le_trans (nrm_add _ _)) // ler_add //.
    rewrite (le_trans (nrm_mul _ _)) // nrm_tr nrmZ ger0_norm // (QRmul _ dK) (QRmul _ (deW P) kb).
    have w0 : 0 <= QR (deW P) * nrm pb by apply: mulr_ge0 => //; exact: nrm_ge0.
    by apply: ler_pmul => //; [exact: nrm_ge0 | exact: ler_wpmul2l].
  rewrite QRmul.
  by rewrite (le_trans (nrm_mul _ _)) // nrm_tr ler_pmul ?nrm_ge0.
have Hrb : nrm (colq R p bc - QR (deB P) *: ((mxq R n p hc)^T *m (mxq R n p hc *m colq R p bc - py)) - colq R p b2) <= QR rb.
  rewrite qecE //.
  have b1E : colq R p b1 = colq R p bc - (mxq R n p hc)^T *m colq R n er.
    rewrite -mxq_tr (colq_mul R p er (qfit_mk _ _ _)).
    by apply/matrixP=> r j; rewrite !mxE /qv /b1 nth_mkseq // QRsub.
  have -> : colq R p bc - QR (deB P) *: ((mxq R n p hc)^T *m colq R n ec) - colq R p b2
      = (colq R p b1 - colq R p b2) - (mxq R n p hc)^T *m (QR (deB P) *: colq R n ec - colq R n er).
    rewrite b1E mulmxBr -scalemxAr; move: (_ *m colq R n ec) (_ *m colq R n er) => u v.
    by apply/matrixP=> i j; rewrite !mxE; move: (QR _) (QR _) (QR _) (u i j) (v i j) => *; ring.
  rewrite /rb QRadd QRmul (le_trans (nrm_sub _ _)) // ler_add // (le_trans (nrm_mul _ _)) // nrm_tr.
  by rewrite ler_pmul ?nrm_ge0.
have [A [B C]] := tube_step okW okB HK Hb Hh Hbe He Dh Db Hrh Hrb.
split; last by rewrite QRadd /re /rerr !QRadd !QRmul.
split=> //.
  apply: (le_trans A); apply: le_trans (qup_ge _ _ _).
  by rewrite /re /rerr !(QRadd, QRmul).
apply: (le_trans B); apply: le_trans (qup_ge _ _ _).
by rewrite /re /rerr !(QRadd, QRmul).
Qed.
Lemma tube0_sound : tinv (tube0 P) ps0.
Proof.
rewrite /tube0; set h := qmulT _ _; set h1 := qmk n p _; set h2 := map _ h1; set Rh := qmk n p _.
have fh2 : qfit p h2.
  apply/(all_nthP [::]) => i; rewrite size_map size_mkseq => Hi.
  by rewrite (nth_map [::]) ?size_mkseq // size_map nth_mkseq // size_mkseq.
split=> //=; last by rewrite subrr nrm0 QR0.
have -> : hid pX ps0 - mxq R n p h2 = (root R (net P) - QR (near_root P)) *: mxq R n p h + mxq R n p Rh.
  have -> : hid pX ps0 = root R (net P) *: mxq R n p h.
    rewrite /hid /= linearZ /= -scalemxAr /h; congr (_ *: _).
    by rewrite /pX /matrix_X (@mxq_mulT R n d p).
  rewrite scalerBl -addrA; congr (_ + _).
  apply/matrixP=> i r; rewrite !mxE /Rh qgetmk // QRsub /h1 qgetmk // QRmul.
  by rewrite [in RHS]addrA addNr add0r.
apply: le_trans (qup_ge _ _ _); rewrite QRadd QRmul (le_trans (nrm_add _ _)) // ler_add //.
  by rewrite nrmZ ler_pmul ?nrm_ge0 ?normr_ge0 // ?nrm_mxq // root_near.
by rewrite nrm_mxq // qfit_mk.
Qed.
Lemma run_sound T : tinv (run P T) (traj T).
Proof. by elim: T => [|T IH]; [exact: tube0_sound | case: (tube_sound IH)]. Qed.
End Final.

Lemma tube_check_sound (R : rcfType) (P : problem) (c : cert) : check P c ->
  forall t, nrm (terr R P (cT c + t)) <= QR R (crho c) ^+ t * QR R (ceps c)
            /\ QR R (crho c) < 1.
Proof.
rewrite /check => /andP[OK]; cbv zeta; case ER : (run P (cT c)) => [[[hc bc] dh] dbb].
have := run_sound R OK (cT c); rewrite ER => inv; have := inv; case=> fh sb Dh Db.
have [_ HE] := tube_sound OK inv.
set k := prec P; set kK := qsqrt_up k (qnsq _ (kmat P)); set kb := qsqrt_up k (qvnsq (feedback (net P))).
set kh := qsqrt_up k (qnsq _ hc); set A := amat P hc bc; set Ar := map _ A; set difA := qmk _ _ (fun i j => qsub (qget A i j) _).
set dA := qsqrt_up k (qnsq _ difA); set M := mmat _ _ Ar; set r1 := qadd _ dA.
set rho := qrate _ _ _ _ _ _ _ _.
case/and5P => /(@psd_check_sound R _ _ _ _ _) psd /(QR_ge0 R) r0 /(QR_ge0 R) Rh0 /(QR_ge0 R) Rb0.
case/and5P => /(QR_ge0 R) dh0 /(QR_ge0 R) db0 /(QR_le R) Heps /(QR_le R) Hrho.
case/and3P => /(QR_lt R); rewrite QR1 => rho1 /(QR_le R) bh /(QR_le R) bb t.
have {}HE := le_trans HE Heps.
case/and5P: (OK) => okX okK okh okbe /and4P[okb _ /(QR_ge0 R) okW /(QR_ge0 R) okB].
have HK : nrm (pK R P) <= QR R kK by rewrite pKE // nrm_mxq.
have Hb : nrm (pb R P) <= QR R kb by apply: nrm_colq.
have Hh : nrm (mxq R (samples (net P)) (width (net P)) hc) <= QR R kh by apply: nrm_mxq.
have AE : A0 (pX R P) (pb R P) (QR R (deW P)) (QR R (deB P))
             (mxq R (samples (net P)) (width (net P)) hc) (colq R (width (net P)) bc) = mxq R (samples (net P)) (samples (net P)) A.
  rewrite /A0 -/(pK R P) pKE // /pb dot_colq // -(@mxq_mulT R _ _ _ _ _ fh) [RHS]mxq_mk.
  apply/matrixP=> i j; rewrite !mxE !QRsub !QRmul -val_eqE /=.
  by case: (_ == _); rewrite ?QR1 ?QR0.
have ME : mxq R (samples (net P)) (samples (net P)) M = (QR R (cr0 c) ^+ 2)%:M
    - (mxq R (samples (net P)) (samples (net P)) Ar)^T *m mxq R (samples (net P)) (samples (net P)) Ar.
  have -> : (mxq R (samples (net P)) (samples (net P)) Ar)^T *m mxq R (samples (net P)) (samples (net P)) Ar
      = mxq R (samples (net P)) (samples (net P)) (qmulT (qtr (samples (net P)) (samples (net P)) Ar) (qtr (samples (net P)) (samples (net P)) Ar)).
    by rewrite (@mxq_mulT R _ (samples (net P))) ?qfit_mk // mxq_tr trmxK.
  rewrite [LHS]mxq_mk.
  apply/matrixP=> i j; rewrite !mxE QRsub -val_eqE /=.
  by case: (_ == _); rewrite ?QRmul ?QR0.
have HAr : nrm (mxq R (samples (net P)) (samples (net P)) A - mxq R (samples (net P)) (samples (net P)) Ar) <= QR R dA.
  rewrite (_ : _ - _ = mxq R _ _ difA) ?nrm_mxq ?qfit_mk //.
  by rewrite [RHS]mxq_mk; apply/matrixP=> i j; rewrite !mxE QRsub.
have HA0 : forall x : 'cV[R]_(samples (net P)), nrm (A0 (pX R P) (pb R P) (QR R (deW P)) (QR R (deB P))
     (mxq R (samples (net P)) (width (net P)) hc) (colq R (width (net P)) bc) *m x) <= QR R r1 * nrm x.
  rewrite AE => x; rewrite -[mxq R _ _ A](subrK (mxq R _ _ Ar)) mulmxDl (le_trans (nrm_add _ _)) //.
  rewrite /r1 QRadd mulrDl addrC ler_add //; last by rewrite (le_trans (nrm_mul _ _)) // ler_wpmul2r ?nrm_ge0.
  by apply: opnorm_of_psd => // z; rewrite -ME.
have r10 : 0 <= QR R r1 by rewrite /r1 QRadd addr_ge0 // (le_trans (nrm_ge0 _) HAr).
have rE : rate (QR R (deW P)) (QR R (deB P)) (QR R r1) (QR R kK) (QR R kb) (QR R kh)
   (QR R (ceps c)) (QR R dh) (QR R dbb) (QR R (cRh c)) (QR R (cRb c)) = QR R rho.
  rewrite /rho; clearbody r1 kK kb kh.
  rewrite /rate /qrate !(QRadd, QRmul) (_ : QR R (2#1)%qq = 2%:R); last by rewrite /QR /= divr1.
  by rewrite mulr_natl expr2.
have l1 : QR R rho < 1 by exact: le_lt_trans Hrho rho1.
have lo : 1 - QR R (crho c) <= 1 - QR R rho by rewrite ler_add2l ler_opp2.
split=> //.
have := @linear_contraction_forever R (samples (net P)) (dimension (net P)) (width (net P)) (pX R P) (py R P) (pb R P)
  (QR R (deW P)) (QR R (deB P)) (mxq R _ _ hc) (colq R _ bc) (QR R r1) (QR R kK) (QR R kb)
  (QR R kh) (QR R (ceps c)) (QR R dh) (QR R dbb) (QR R (cRh c)) (QR R (cRb c))
  okW okB r10 dh0 db0 Rh0 Rb0 HA0 HK Hb Hh; rewrite rE.
move=> /(_ l1) H; rewrite !(QRadd, QRmul, QRsub, QR1) in bh bb.
rewrite -[QR R _ * QR R (qinv _)]QRmul -/(deW P) in bh.
have {}H := H (le_trans bh (ler_wpmul2r Rh0 lo)) (le_trans bb (ler_wpmul2r Rb0 lo)).
have [{}H _] := H (traj R P (cT c)) Dh Db HE t.
rewrite /terr /traj addnC iterD; apply: (le_trans H).
have rho0 : 0 <= QR R rho.
  rewrite -rE; apply: (rate_ge0 okW okB r10 dh0 db0 Rh0 Rb0 HK Hb Hh).
  exact: le_trans (nrm_ge0 _) HE.
by rewrite ler_pmul ?exprn_ge0 ?nrm_ge0 // ler_expn2r // nnegrE (le_trans rho0).
Qed.

(* If the check succeeds, the error of feedback alignment after T + t steps is at most rho^t eps, for all t, and rho < 1. *)
Theorem linear_certificate (R : rcfType) (P : problem) (c : cert) : check P c -> forall t,
  nrm (error_after idfun (fun=> 1 : R) (net P) (cT c + t)) <= QR R (crho c) ^+ t * QR R (ceps c) /\ QR R (crho c) < 1.
Proof.
move=> C t; have OK : pos_ok P by case/andP: C.
have okroot : root_check (width (net P)) (near_root P) (root_error P) by case/and5P: OK => ? ? ? ? /and4P[].
have p0 : (0 < width (net P))%N by case/and5P: okroot.
have -> : error_after idfun (fun=> 1 : R) (net P) (cT c + t) = terr R P (cT c + t).
  have EW : QR R (deW P) = QR R (step_size (net P)) * root R (net P) ^+ 2 by rewrite /deW QRmul QR_qinv // root_sqr.
  have [_ H] := @scaledE R _ _ _ (pX R P) (py R P) (pb R P) _ _ _ _ (initial R (net P)) EW erefl (cT c + t)%N.
  by rewrite /error_after /state_after -H.
exact: tube_check_sound C t.
Qed.
