(* Linear networks: conditions on one state under which the error decays for ever, with explicit constants. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import Network ErrorRecursion Bootstrap FrobeniusNorm.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Scaled.
Variables (R : comRingType) (n d p : nat).
Variables (X : 'M[R]_(n, d)) (y : 'cV[R]_n) (b : 'cV[R]_p) (eW eB : R).
Definition state := ('M[R]_(p, d) * 'cV[R]_p)%type.
Implicit Types st : state.
Definition hid st : 'M[R]_(n, p) := X *m st.1^T.
Definition serr st : 'cV[R]_n := hid st *m st.2 - y.
Definition sstep st : state :=
  (st.1 - eW *: (b *m (serr st)^T *m X), st.2 - eB *: ((hid st)^T *m serr st)).
Notation K := (X *m X^T).

(* A network of Network is such a state once its hidden weights are multiplied by s = 1/sqrt p: both step sizes are then
   rational, and only the initial hidden weights are not. *)
Lemma scaledE (s eta : R) (st : state) :
  eW = eta * s ^+ 2 -> eB = eta ->
  let st' t := iter t (fa_step idfun (fun=> 1) X y b s eta 0) st in
  forall t, iter t sstep (s *: st.1, st.2) = (s *: (st' t).1, (st' t).2)
         /\ serr (iter t sstep (s *: st.1, st.2)) = err idfun X y s (st' t).1 (st' t).2.
Proof.
move=> EW EB st' t.
have Hhid u : hid (s *: u.1, u.2) = s *: preact X u.1.
  by rewrite /hid /= linearZ /= -scalemxAr preactE.
have Herr u : serr (s *: u.1, u.2) = err idfun X y s u.1 u.2.
  by rewrite /serr Hhid lin_errE /= -scalemxAl.
suff H : iter t sstep (s *: st.1, st.2) = (s *: (st' t).1, (st' t).2) by rewrite H Herr.
elim: t => [|t IH] //; rewrite !iterS IH /sstep Herr Hhid /= lin_WE lin_betaE.
rewrite EW EB mulr0 subr0 scale1r scalerBr !scalerA [(s *: _)^T]linearZ /= -scalemxAl scalerA.
by congr (_ - _ *: _, _); ring.
Qed.

(* One step of the hidden values and of the error. *)
Lemma hid_step st : hid (sstep st) = hid st - eW *: (K *m serr st *m b^T).
Proof.
rewrite /hid /sstep /= linearB /= mulmxBr linearZ /= -scalemxAr.
by rewrite !trmx_mul trmxK !mulmxA.
Qed.
Lemma serr_step st : let e := serr st in
  serr (sstep st) = e - eB *: (hid st *m (hid st)^T *m e)
    - (eW * (b^T *m st.2) 0 0) *: (K *m e)
    + (eW * eB * (b^T *m ((hid st)^T *m e)) 0 0) *: (K *m e).
Proof.
move=> e; rewrite {1}/serr hid_step -/e [(sstep st).2]/= -/e.
set h := hid st; have Ey : y = h *m st.2 - e by rewrite /e opprB addrC subrK.
clearbody e h.
have Kb v : K *m e *m b^T *m v = (b^T *m v) 0 0 *: (K *m e).
  by rewrite -mulmxA {1}[b^T *m v]mx11_scalar mul_mx_scalar.
rewrite mulmxBl !mulmxBr -!scalemxAl -!scalemxAr !Kb {1}Ey.
move: (h *m st.2) => q; move: (b^T *m st.2) (b^T *m (h^T *m e)) => a c.
rewrite mulmxA; move: (h *m h^T *m e) (K *m e) => g k.
by apply/matrixP=> i j; rewrite !mxE; ring.
Qed.
End Scaled.

Section LinCert.
Variables (R : rcfType) (n d p : nat).
Variables (X : 'M[R]_(n, d)) (y : 'cV[R]_n) (b : 'cV[R]_p) (eW eB : R).
Notation K := (X *m X^T).
Notation hid := (hid X). Notation serr := (serr X y). Notation step := (sstep X y b eW eB).
Implicit Types st : state R d p.
Variables (hc : 'M[R]_(n, p)) (bc : 'cV[R]_p).
Variables (r0 kK kb kh eps dh db Rh Rb : R).
(* The step matrix at the centre (hc, bc): I - eB hc hc^T - eW (b . bc) K. A state near the centre contracts by r0 = ‖A0‖
   plus what the distances dh and db from the centre, and the radii Rh and Rb of future movement, can add: `rate`. *)
Definition A0 : 'M[R]_n := 1%:M - eB *: (hc *m hc^T) - (eW * (b^T *m bc) 0 0) *: K.
Hypotheses (eW0 : 0 <= eW) (eB0 : 0 <= eB) (r00 : 0 <= r0).
Hypotheses (dh0 : 0 <= dh) (db0 : 0 <= db) (Rh0 : 0 <= Rh) (Rb0 : 0 <= Rb).
Hypothesis HA0 : forall x : 'cV_n, nrm (A0 *m x) <= r0 * nrm x.
Hypotheses (HK : nrm K <= kK) (Hb : nrm b <= kb) (Hh : nrm hc <= kh).
Let TH := dh + Rh. Let TB := db + Rb.
Definition rate := r0 + eB * (kh * TH *+ 2 + TH ^+ 2) + eW * (kb * TB) * kK
                      + eW * eB * (kb * (kh + TH) * eps) * kK.
Hypothesis rate_lt1 : rate < 1.
Hypothesis budget_h : eW * kK * kb * eps <= (1 - rate) * Rh.
Hypothesis budget_b : eB * (kh + TH) * eps <= (1 - rate) * Rb.

Let kK0 : 0 <= kK. Proof. exact: le_trans (nrm_ge0 _) HK. Qed.
Let kb0 : 0 <= kb. Proof. exact: le_trans (nrm_ge0 _) Hb. Qed.
Let kh0 : 0 <= kh. Proof. exact: le_trans (nrm_ge0 _) Hh. Qed.
Let TH0 : 0 <= TH. Proof. exact: addr_ge0. Qed.
Let TB0 : 0 <= TB. Proof. exact: addr_ge0. Qed.

Lemma rate_ge0 : 0 <= eps -> 0 <= rate.
Proof. by move=> e0; rewrite /rate !(addr_ge0, mulr_ge0, mulrn_wge0, exprn_ge0). Qed.

(* A step from a state within the radii contracts the error by `rate`. *)
Lemma contraction st : nrm (hid st - hc) <= TH -> nrm (st.2 - bc) <= TB ->
  nrm (serr st) <= eps -> nrm (serr (step st)) <= rate * nrm (serr st).
Proof.
move=> Dh Db He; rewrite serr_step; set e := serr st in He *; set h := hid st in Dh *.
set D := h - hc in Dh; set u := st.2 - bc in Db.
have Eh : h = hc + D by rewrite /D addrC subrK.
have Eu : st.2 = bc + u by rewrite /u addrC subrK.
clearbody D u e h.
have -> : e - eB *: (h *m h^T *m e) - (eW * (b^T *m st.2) 0 0) *: (K *m e)
    + (eW * eB * (b^T *m (h^T *m e)) 0 0) *: (K *m e)
  = A0 *m e - eB *: ((D *m hc^T + hc *m D^T + D *m D^T) *m e)
    - (eW * (b^T *m u) 0 0) *: (K *m e) + (eW * eB * (b^T *m (h^T *m e)) 0 0) *: (K *m e).
  congr (_ + _); rewrite Eh Eu [(hc + D)^T]linearD /= [b^T *m (_ + _)]mulmxDr mxE.
  rewrite /A0 !mulmxBl mul1mx -!scalemxAl.
  rewrite (_ : (hc + D) *m (hc^T + D^T) =
              hc *m hc^T + (D *m hc^T + hc *m D^T + D *m D^T)); last first.
    by rewrite mulmxDl !mulmxDr; rewrite -!addrA; congr (_ + _); rewrite addrCA.
  move: (D *m hc^T + hc *m D^T + D *m D^T) => Q; rewrite mulmxDl.
  move: (hc *m hc^T *m e) (Q *m e) (K *m e) => a1 a2 a3.
  move: ((b^T *m bc) 0 0) ((b^T *m u) 0 0) => c1 c2.
  apply/matrixP=> i j; rewrite !mxE.
  by move: (e i j : R) (a1 i j : R) (a2 i j : R) (a3 i j : R) => *; ring.
have nKe : nrm (K *m e) <= kK * nrm e by rewrite (le_trans (nrm_mul _ _)) ?ler_wpmul2r ?nrm_ge0.
have nh : nrm h <= kh + TH by rewrite Eh (le_trans (nrm_add _ _)) ?ler_add.
have nbu : `|(b^T *m u) 0 0| <= kb * TB.
  by rewrite norm_scal (le_trans (nrm_mul _ _)) // nrm_tr ler_pmul ?nrm_ge0.
have nbh : `|(b^T *m (h^T *m e)) 0 0| <= kb * (kh + TH) * eps.
  rewrite norm_scal (le_trans (nrm_mul _ _)) // nrm_tr -mulrA ler_pmul ?nrm_ge0 //.
  by rewrite (le_trans (nrm_mul _ _)) // nrm_tr ler_pmul ?nrm_ge0.
have nD : nrm ((D *m hc^T + hc *m D^T + D *m D^T) *m e) <= (kh * TH *+ 2 + TH ^+ 2) * nrm e.
  rewrite (le_trans (nrm_mul _ _)) // ler_wpmul2r ?nrm_ge0 //.
  rewrite (le_trans (nrm_add _ _)) // ler_add //; last first.
    by rewrite (le_trans (nrm_mul _ _)) // nrm_tr expr2 ler_pmul ?nrm_ge0.
  rewrite (le_trans (nrm_add _ _)) // mulr2n ler_add // (le_trans (nrm_mul _ _)) // nrm_tr.
    by rewrite mulrC ler_pmul ?nrm_ge0.
  by rewrite ler_pmul ?nrm_ge0.
rewrite (le_trans (nrm_add _ _)) // /rate !mulrDl ler_add //; last first.
  rewrite nrmZ normrM [`|eW * eB|]ger0_norm ?mulr_ge0 // -[leLHS]mulrA.
  by rewrite -[leRHS]mulrA -[leRHS]mulrA ler_wpmul2l ?mulr_ge0 // ler_pmul ?nrm_ge0.
rewrite (le_trans (nrm_sub _ _)) // ler_add //; last first.
  rewrite nrmZ normrM [`|eW|]ger0_norm // -[leRHS]mulrA -!mulrA ler_wpmul2l //.
  by rewrite mulrA ler_pmul ?nrm_ge0.
by rewrite (le_trans (nrm_sub _ _)) // ler_add // nrmZ ger0_norm // -mulrA ler_wpmul2l.
Qed.

Definition sdist (j : bool) st st' : R :=
  if j then nrm (hid st - hid st') else nrm (st.2 - st'.2).

Variable s0 : state R d p.
Hypotheses (Hs0 : nrm (hid s0 - hc) <= dh) (Hb0 : nrm (s0.2 - bc) <= db).
Hypothesis He0 : nrm (serr s0) <= eps.

(* If `rate` is below 1 and the radii have room for all movement, the error decays for ever and the state stays near. *)
Theorem linear_contraction_forever t :
  nrm (serr (iter t step s0)) <= rate ^+ t * nrm (serr s0)
  /\ nrm (hid s0 - hid (iter t step s0)) <= Rh
  /\ nrm (s0.2 - (iter t step s0).2) <= Rb.
Proof.
have rate0 : 0 <= rate by apply: rate_ge0; exact: le_trans (nrm_ge0 _) He0.
pose C (j : bool) := if j then eW * kK * kb else eB * (kh + TH).
pose Rad (j : bool) := if j then Rh else Rb.
have C0 j : 0 <= C j by case: j; rewrite /C !(mulr_ge0, addr_ge0).
have d0 j s : sdist j s s = 0 by case: j; rewrite /sdist subrr nrm0.
have dt j a c' c : sdist j a c <= sdist j a c' + sdist j c' c.
  case: j; rewrite /sdist.
    by rewrite -[_ - hid c](subrKA (hid c')) nrm_add.
  by rewrite -[_ - c.2](subrKA c'.2) nrm_add.
pose ins := inside (fun s => nrm (serr s)) sdist Rad s0.
have insE s : ins s -> [/\ nrm (hid s - hc) <= TH, nrm (s.2 - bc) <= TB & nrm (serr s) <= eps].
  case=> Hd HE; split; last exact: le_trans HE He0.
    rewrite -(subrKA (hid s0)) addrC (le_trans (nrm_add _ _)) // ler_add //.
    by rewrite -nrmN opprB; exact: (Hd true).
  rewrite -(subrKA s0.2) addrC (le_trans (nrm_add _ _)) // ler_add //.
  by rewrite -nrmN opprB; exact: (Hd false).
have ctr s : ins s -> nrm (serr (step s)) <= rate * nrm (serr s).
  by move=> /insE[A B Q]; exact: contraction.
have mv s : ins s -> forall j, sdist j s (step s) <= C j * nrm (serr s).
  move=> /insE[A B Q] [] /=.
    rewrite hid_step opprB addrCA subrr addr0 nrmZ ger0_norm // -!mulrA ler_wpmul2l //.
    rewrite (le_trans (nrm_mul _ _)) // nrm_tr [leRHS]mulrA [leRHS]mulrAC ler_pmul ?nrm_ge0 //.
    by rewrite (le_trans (nrm_mul _ _)) // ler_wpmul2r ?nrm_ge0.
  rewrite opprB addrCA subrr addr0 nrmZ ger0_norm // -!mulrA ler_wpmul2l //.
  rewrite (le_trans (nrm_mul _ _)) // nrm_tr ler_wpmul2r ?nrm_ge0 //.
  by rewrite -[hid s](subrK hc) addrC (le_trans (nrm_add _ _)) ?ler_add.
have bud j : C j * nrm (serr s0) <= (1 - rate) * Rad j.
  case: j; [apply: le_trans budget_h | apply: le_trans budget_b].
    by rewrite ler_wpmul2l // (C0 true).
  by rewrite ler_wpmul2l // (C0 false).
have E0 (s : state R d p) : 0 <= nrm (serr s) by exact: nrm_ge0.
have [A _] := bootstrap d0 dt E0 rate0 rate_lt1 C0 ctr mv bud t.
have B := bootstrap_inside d0 dt E0 rate0 rate_lt1 C0 ctr mv bud t.
by split=> //; split; [exact: (B true) | exact: (B false)].
Qed.
End LinCert.

Section Tube.
Variables (R : rcfType) (n d p : nat).
Variables (X : 'M[R]_(n, d)) (y : 'cV[R]_n) (b : 'cV[R]_p) (eW eB : R).
Notation K := (X *m X^T).
Hypotheses (eW0 : 0 <= eW) (eB0 : 0 <= eB).
Variables (hc hc' : 'M[R]_(n, p)) (bc bc' : 'cV[R]_p) (st : state R d p).
Variables (kK kb kh kbe ke dh db rh rb : R).
Let ec := hc *m bc - y.
Let re := dh * kbe + kh * db + dh * db.
Hypotheses (HK : nrm K <= kK) (Hb : nrm b <= kb) (Hh : nrm hc <= kh).
Hypotheses (Hbe : nrm bc <= kbe) (He : nrm ec <= ke).
Hypotheses (Hdh : nrm (hid X st - hc) <= dh) (Hdb : nrm (st.2 - bc) <= db).
Hypothesis Hrh : nrm (hc - eW *: (K *m ec *m b^T) - hc') <= rh.
Hypothesis Hrb : nrm (bc - eB *: (hc^T *m ec) - bc') <= rb.
(* One step of a state that is known up to dh and db: where it is afterwards, around any proposed centre (hc', bc').
   rh and rb bound the distance of the proposed centre from the exact step of the old one. *)
Theorem tube_step :
  nrm (hid X (sstep X y b eW eB st) - hc') <= dh + eW * (kK * re * kb) + rh
  /\ nrm ((sstep X y b eW eB st).2 - bc') <= db + eB * (kh * re + dh * (ke + re)) + rb
  /\ nrm (serr X y st) <= ke + re.
Proof.
set h := hid X st; set e := serr X y st; pose D := h - hc; pose u := st.2 - bc.
have nD : nrm D <= dh by []. have nu : nrm u <= db by [].
have kK0 : 0 <= kK by exact: le_trans (nrm_ge0 _) HK.
have kb0 : 0 <= kb by exact: le_trans (nrm_ge0 _) Hb.
have kh0 : 0 <= kh by exact: le_trans (nrm_ge0 _) Hh.
have dh0 : 0 <= dh by exact: le_trans (nrm_ge0 _) Hdh.
have Eh : h = hc + D by rewrite /D addrC subrK.
have Eu : st.2 = bc + u by rewrite /u addrC subrK.
have De : e - ec = D *m bc + hc *m u + D *m u.
  rewrite /e /ec /serr -/h {1}Eh Eu mulmxDl !mulmxDr.
  move: (hc *m bc) (hc *m u) (D *m bc) (D *m u) => a1 a2 a3 a4.
  apply/matrixP=> i j; rewrite !mxE.
  by move: (a1 i j : R) (a2 i j : R) (a3 i j : R) (a4 i j : R) (y i j : R) => *; ring.
have nde : nrm (e - ec) <= re.
  rewrite De /re (le_trans (nrm_add _ _)) // ler_add //; last first.
    by rewrite (le_trans (nrm_mul _ _)) // ler_pmul ?nrm_ge0.
  rewrite (le_trans (nrm_add _ _)) // ler_add // (le_trans (nrm_mul _ _)) //.
    by rewrite ler_pmul ?nrm_ge0.
  by rewrite ler_pmul ?nrm_ge0.
have re0 : 0 <= re by exact: le_trans (nrm_ge0 _) nde.
have ne : nrm e <= ke + re.
  by rewrite -[e](subrK ec) addrC (le_trans (nrm_add _ _)) ?ler_add.
split; [|split=> //].
  rewrite hid_step -/h -/e.
  rewrite (_ : _ - _ - hc' = D - eW *: (K *m (e - ec) *m b^T)
              + (hc - eW *: (K *m ec *m b^T) - hc')); last first.
    rewrite [K *m (e - ec)]mulmxBr [(_ - _) *m b^T]mulmxBl /D; move: (K *m e *m b^T) (K *m ec *m b^T) => a1 a2.
    apply/matrixP=> i j; rewrite !mxE.
    by move: (a1 i j : R) (a2 i j : R) (h i j : R) (hc i j : R) (hc' i j : R) => *; ring.
  rewrite (le_trans (nrm_add _ _)) // ler_add // (le_trans (nrm_sub _ _)) // ler_add //.
  rewrite nrmZ ger0_norm // ler_wpmul2l // (le_trans (nrm_mul _ _)) // nrm_tr.
  by rewrite ler_pmul ?nrm_ge0 // (le_trans (nrm_mul _ _)) // ler_pmul ?nrm_ge0.
rewrite /sstep /= -/h -/e.
rewrite (_ : _ - _ - bc' = u - eB *: (hc^T *m (e - ec) + D^T *m e)
            + (bc - eB *: (hc^T *m ec) - bc')); last first.
  rewrite {1}Eh Eu [(hc + D)^T]linearD /= [(_ + D^T) *m e]mulmxDl [hc^T *m (e - ec)]mulmxBr.
  move: (hc^T *m e) (hc^T *m ec) (D^T *m e) => a1 a2 a3.
  apply/matrixP=> i j; rewrite !mxE.
  move: (u i j : R) (bc i j : R) (bc' i j : R) => *.
  by move: (a1 i j : R) (a2 i j : R) (a3 i j : R) => *; ring.
rewrite (le_trans (nrm_add _ _)) // ler_add // (le_trans (nrm_sub _ _)) // ler_add //.
rewrite nrmZ ger0_norm // ler_wpmul2l // (le_trans (nrm_add _ _)) // ler_add //.
  by rewrite (le_trans (nrm_mul _ _)) // nrm_tr ler_pmul ?nrm_ge0.
by rewrite (le_trans (nrm_mul _ _)) // nrm_tr ler_pmul ?nrm_ge0.
Qed.
End Tube.
