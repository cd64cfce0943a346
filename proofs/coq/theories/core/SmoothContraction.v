(* Smooth activations: conditions on one state under which the error decays for ever, with explicit constants.

   psi has slopes of at most c1, and dpsi is Lipschitz with constant c2; the hypotheses say so by inequalities alone. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import Bootstrap FrobeniusNorm.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Hadamard.
Variable R : rcfType.
(* The entrywise product. *)
Definition had m n (A B : 'M[R]_(m, n)) : 'M[R]_(m, n) := \matrix_(i, j) (A i j * B i j).
Lemma nsq_le m n (A B : 'M[R]_(m, n)) c : 0 <= c ->
  (forall i j, `|A i j| <= c * `|B i j|) -> nrm A <= c * nrm B.
Proof.
move=> c0 H; apply: nrm_le; first by rewrite mulr_ge0 ?nrm_ge0.
rewrite exprMn nrm_sqr /nsq mulr_sumr; apply: ler_sum => ij _.
rewrite -exprMn -real_normK ?num_real // -[X in _ <= X]real_normK ?num_real //.
by rewrite ler_sqr ?nnegrE // normrM [`|c|]ger0_norm.
Qed.
Lemma entry_nrm m n (A : 'M[R]_(m, n)) i j : `|A i j| <= nrm A.
Proof.
rewrite -sqrtr_sqr ler_wsqrtr // /nsq (bigD1 (i, j)) //= ler_addl sumr_ge0 // => k _.
exact: sqr_ge0.
Qed.
Lemma had_le m n (A B : 'M[R]_(m, n)) c : (forall i j, `|A i j| <= c) -> 0 <= c ->
  nrm (had A B) <= c * nrm B.
Proof. by move=> H c0; apply: nsq_le => // i j; rewrite mxE normrM ler_wpmul2r. Qed.
Lemma had_nrm m n (A B : 'M[R]_(m, n)) : nrm (had A B) <= nrm A * nrm B.
Proof. by apply: had_le; [exact: entry_nrm | exact: nrm_ge0]. Qed.
Lemma hadBl m n (A B C : 'M[R]_(m, n)) : had (A - B) C = had A C - had B C.
Proof. by apply/matrixP=> i j; rewrite !mxE mulrBl. Qed.
Lemma hadBr m n (A B C : 'M[R]_(m, n)) : had A (B - C) = had A B - had A C.
Proof. by apply/matrixP=> i j; rewrite !mxE mulrBr. Qed.
Lemma hadZr m n c (A B : 'M[R]_(m, n)) : had A (c *: B) = c *: had A B.
Proof. by apply/matrixP=> i j; rewrite !mxE mulrCA. Qed.
Lemma had_sq m n (A : 'M[R]_(m, n)) : nrm (had A A) <= nrm A ^+ 2.
Proof. by rewrite expr2 had_nrm. Qed.
End Hadamard.

Section Smooth.
Variables (R : rcfType) (psi dpsi : R -> R) (c1 c2 : R).
Hypotheses (c10 : 0 <= c1) (c20 : 0 <= c2).
Hypothesis psi_lip : forall u v, `|psi u - psi v| <= c1 * `|u - v|.
Hypothesis dpsi_bd : forall u, `|dpsi u| <= c1.
Hypothesis dpsi_lip : forall u v, `|dpsi u - dpsi v| <= c2 * `|u - v|.
Hypothesis psi_tay : forall u v, `|psi v - psi u - dpsi u * (v - u)| <= c2 / 2%:R * (v - u) ^+ 2.

Variables (n d p : nat) (X : 'M[R]_(n, d)) (y : 'cV[R]_n) (b : 'cV[R]_p) (eW eB : R).
Definition nstate := ('M[R]_(p, d) * 'cV[R]_p)%type.
Implicit Types st : nstate.
Notation K := (X *m X^T).
(* Pre-activations, activations, slopes, the error, and one step. *)
Definition zpre st : 'M[R]_(n, p) := X *m st.1^T.
Definition Psi st : 'M[R]_(n, p) := map_mx psi (zpre st).
Definition Dp st : 'M[R]_(n, p) := map_mx dpsi (zpre st).
Definition nerr st : 'cV[R]_n := Psi st *m st.2 - y.
Definition nstep st : nstate :=
  (st.1 - eW *: ((had (Dp st) (nerr st *m b^T))^T *m X), st.2 - eB *: ((Psi st)^T *m nerr st)).

Lemma z_step st : zpre (nstep st) = zpre st - eW *: (K *m had (Dp st) (nerr st *m b^T)).
Proof.
rewrite /zpre /nstep /= linearB /= mulmxBr linearZ /= -scalemxAr.
by rewrite trmx_mul trmxK !mulmxA.
Qed.

(* The kernel of the hidden weights at slopes D1, D2 and output weights be, as an operator and as a matrix. *)
Definition Fop (D1 D2 : 'M[R]_(n, p)) (be : 'cV[R]_p) (e : 'cV[R]_n) : 'cV[R]_n :=
  had D1 (K *m had D2 (e *m b^T)) *m be.
Definition Hmat (D1 D2 : 'M[R]_(n, p)) (be : 'cV[R]_p) : 'M[R]_n :=
  had K (D1 *m diag_mx (\row_r (b r 0 * be r 0)) *m D2^T).
Lemma FopE D1 D2 be e : Fop D1 D2 be e = Hmat D1 D2 be *m e.
Proof.
apply/matrixP=> j l; rewrite !mxE.
under eq_bigr do rewrite !mxE.
transitivity (\sum_r \sum_i D1 j r * (K j i * (D2 i r * (e i 0 * b r 0))) * be r 0).
  apply: eq_bigr => r _; rewrite (ord1 l) mulr_sumr mulr_suml; apply: eq_bigr => i _.
  by rewrite !mxE big_ord1 !mxE.
rewrite exchange_big; apply: eq_bigr => i _ /=; rewrite (ord1 l) !mxE.
rewrite mulr_sumr mulr_suml; apply: eq_bigr => r _; rewrite mul_mx_diag !mxE.
by move: (D1 j r) (\sum_k _) (D2 i r) (e i 0 : R) (b r 0 : R) (be r 0 : R) => *; ring.
Qed.

Variables (zc Pc Dc : 'M[R]_(n, p)) (bc : 'cV[R]_p).
Variables (r0 kK kb kP kbe eps dz db tP tD Rz Rb : R).
(* The step matrix at the centre, and the rate at which states near the centre contract. *)
Definition A0 : 'M[R]_n := 1%:M - eB *: (Pc *m Pc^T) - eW *: Hmat Dc Dc bc.
Hypotheses (eW0 : 0 <= eW) (eB0 : 0 <= eB) (r00 : 0 <= r0).
Hypotheses (dz0 : 0 <= dz) (db0 : 0 <= db) (tP0 : 0 <= tP) (tD0 : 0 <= tD).
Hypotheses (Rz0 : 0 <= Rz) (Rb0 : 0 <= Rb) (eps0 : 0 <= eps).
Hypothesis HA0 : forall x : 'cV_n, nrm (A0 *m x) <= r0 * nrm x.
Hypotheses (HK : nrm K <= kK) (Hb : nrm b <= kb) (HP : nrm Pc <= kP) (Hbe : nrm bc <= kbe).
Hypothesis HtP : nrm (map_mx psi zc - Pc) <= tP.
Hypothesis HtD : nrm (map_mx dpsi zc - Dc) <= tD.
Hypothesis HDc : forall i r, `|Dc i r| <= c1.
Let TZ := dz + Rz. Let TB := db + Rb.
Let TP := c1 * TZ + tP. Let TD := c2 * TZ + tD.
Let kbt := kbe + TB.                    (* bound on |beta| *)
Let Cz := eW * (kK * (c1 * kb)). Let Cb := eB * (kP + TP).
Definition nrate := r0 + eB * (kP * TP *+ 2 + TP ^+ 2)
  + eW * ((TD * (kK * (c1 * kb))) * kbt + (c1 * (kK * (TD * kb))) * kbt + (c1 * (kK * (c1 * kb))) * TB)
  + (c1 * Cz * Cb * eps + c2 / 2%:R * (Cz ^+ 2 * eps) * (kbt + Cb * eps)).
Hypothesis nrate_lt1 : nrate < 1.
Hypothesis budget_z : Cz * eps <= (1 - nrate) * Rz.
Hypothesis budget_b : Cb * eps <= (1 - nrate) * Rb.

Let kK0 : 0 <= kK. Proof. exact: le_trans (nrm_ge0 _) HK. Qed.
Let kb0 : 0 <= kb. Proof. exact: le_trans (nrm_ge0 _) Hb. Qed.
Let kP0 : 0 <= kP. Proof. exact: le_trans (nrm_ge0 _) HP. Qed.
Let kbe0 : 0 <= kbe. Proof. exact: le_trans (nrm_ge0 _) Hbe. Qed.
Let TZ0 : 0 <= TZ. Proof. exact: addr_ge0. Qed.
Let TB0 : 0 <= TB. Proof. exact: addr_ge0. Qed.
Let TP0 : 0 <= TP. Proof. by apply: addr_ge0 => //; apply: mulr_ge0. Qed.
Let TD0 : 0 <= TD. Proof. by apply: addr_ge0 => //; apply: mulr_ge0. Qed.
Let kbt0 : 0 <= kbt. Proof. exact: addr_ge0. Qed.
Let Cz0 : 0 <= Cz. Proof. by do 3! apply: mulr_ge0 => //. Qed.
Let Cb0 : 0 <= Cb. Proof. by apply: mulr_ge0 => //; apply: addr_ge0. Qed.
Let h20 : 0 <= c2 / 2%:R. Proof. by rewrite divr_ge0 ?ler0n. Qed.
Lemma nrate_ge0 : 0 <= nrate.
Proof.
rewrite /nrate; move: Cz Cz0 Cb Cb0 TP TP0 TD TD0 kbt kbt0 TB TB0 => Z Z0 B B0 P P0 D D0 k k0 T T0.
move: (c2 / 2%:R) h20 => c3 c30.
by rewrite !(addr_ge0, mulr_ge0, mulrn_wge0, exprn_ge0).
Qed.

Lemma Fop_le D1 D2 be e (a1 a2 kbb : R) : 0 <= a1 -> 0 <= a2 -> 0 <= kbb ->
  (forall Y, nrm (had D1 Y) <= a1 * nrm Y) -> (forall Y, nrm (had D2 Y) <= a2 * nrm Y) ->
  nrm be <= kbb -> nrm (Fop D1 D2 be e) <= (a1 * (kK * (a2 * kb))) * kbb * nrm e.
Proof.
move=> a10 a20 k0 H1 H2 Hbb; rewrite /Fop (le_trans (nrm_mul _ _)) // mulrAC.
rewrite ler_pmul ?nrm_ge0 // (le_trans (H1 _)) // -mulrA ler_wpmul2l //.
rewrite (le_trans (nrm_mul _ _)) // -[leRHS]mulrA ler_pmul ?nrm_ge0 //.
rewrite (le_trans (H2 _)) // -[leRHS]mulrA ler_wpmul2l // (le_trans (nrm_mul _ _)) // nrm_tr [leLHS]mulrC.
by rewrite ler_wpmul2r ?nrm_ge0.
Qed.

(* A step from a state within the radii contracts the error and moves by at most Cz and Cb times the error. *)
Lemma ncontraction st : nrm (zpre st - zc) <= TZ -> nrm (st.2 - bc) <= TB -> nrm (nerr st) <= eps ->
  [/\ nrm (nerr (nstep st)) <= nrate * nrm (nerr st),
      nrm (zpre st - zpre (nstep st)) <= Cz * nrm (nerr st)
    & nrm (st.2 - (nstep st).2) <= Cb * nrm (nerr st)].
Proof.
move=> Hz Hu He; set e := nerr st in He *.
pose P := Psi st; pose D := Dp st; pose be := st.2.
pose st' := nstep st; pose P' := Psi st'.
pose dzz := zpre st' - zpre st; pose dbb := st'.2 - be.
have hD Y : nrm (had D Y) <= c1 * nrm Y by apply: had_le => // i r; rewrite mxE.
have hDc Y : nrm (had Dc Y) <= c1 * nrm Y by apply: had_le.
have nDD : nrm (D - Dc) <= TD.
  rewrite -(subrKA (map_mx dpsi zc)) (le_trans (nrm_add _ _)) // ler_add //.
  apply: le_trans (ler_wpmul2l c20 Hz); apply: nsq_le => // i r; rewrite !mxE.
  by rewrite (le_trans (dpsi_lip _ _)).
have hDD Y : nrm (had (D - Dc) Y) <= TD * nrm Y.
  by rewrite (le_trans (had_nrm _ _)) // ler_wpmul2r ?nrm_ge0.
have nPP : nrm (P - Pc) <= TP.
  rewrite -(subrKA (map_mx psi zc)) (le_trans (nrm_add _ _)) // ler_add //.
  apply: le_trans (ler_wpmul2l c10 Hz); apply: nsq_le => // i r; rewrite !mxE.
  by rewrite (le_trans (psi_lip _ _)).
have nP : nrm P <= kP + TP.
  by rewrite -[P](subrK Pc) addrC (le_trans (nrm_add _ _)) // ler_add.
have nbe : nrm be <= kbt.
  by rewrite -[be](subrK bc) addrC (le_trans (nrm_add _ _)) // ler_add.
have dzE : dzz = - (eW *: (K *m had D (e *m b^T))).
  by rewrite /dzz /st' z_step addrAC subrr add0r.
have ndz : nrm dzz <= Cz * nrm e.
  rewrite dzE nrmN nrmZ ger0_norm // /Cz -mulrA ler_wpmul2l //.
  rewrite (le_trans (nrm_mul _ _)) // -[leRHS]mulrA ler_pmul ?nrm_ge0 //.
  rewrite (le_trans (hD _)) // -[leRHS]mulrA ler_wpmul2l // (le_trans (nrm_mul _ _)) // nrm_tr.
  by rewrite [leLHS]mulrC ler_wpmul2r ?nrm_ge0.
have dbE : dbb = - (eB *: (P^T *m e)) by rewrite /dbb /= addrAC subrr add0r.
have ndb : nrm dbb <= Cb * nrm e.
  rewrite dbE nrmN nrmZ ger0_norm // /Cb -mulrA ler_wpmul2l //.
  by rewrite (le_trans (nrm_mul _ _)) // nrm_tr ler_wpmul2r ?nrm_ge0.
split; last 2 first.
- by rewrite -nrmN opprB.
- by rewrite -nrmN opprB.
pose Rm := P' - P - had D dzz.
have nR : nrm Rm <= c2 / 2%:R * nrm dzz ^+ 2.
  apply: le_trans (ler_wpmul2l h20 (had_sq dzz)); apply: nsq_le => // i r.
  rewrite [X in `|X|]mxE [X in `|X + _|]mxE [X in _ + X]mxE !mxE.
  rewrite (le_trans (psi_tay _ _)) // ler_wpmul2l // expr2 ler_norm //.
have -> : nerr st' = A0 *m e
   - eB *: ((P *m P^T - Pc *m Pc^T) *m e)
   - eW *: (Fop (D - Dc) D be e + Fop Dc (D - Dc) be e + Fop Dc Dc (be - bc) e)
   + (had D dzz *m dbb + Rm *m (be + dbb)).
  have E1 : nerr st' = e + had D dzz *m be + P *m dbb + had D dzz *m dbb + Rm *m (be + dbb).
    rewrite /nerr -/P' (_ : st'.2 = be + dbb); last by rewrite /dbb addrC subrK.
    rewrite (_ : P' = P + had D dzz + Rm); last by rewrite addrC /Rm -[P' - P - _]addrA -opprD subrK.
    rewrite /e /nerr -/P -/be !mulmxDl !mulmxDr; move: (Rm *m be) (Rm *m dbb) => x1 x2.
    move: (P *m be) (P *m dbb) (had D dzz *m be) (had D dzz *m dbb) => x3 x4 x5 x6.
    apply/matrixP=> i j; rewrite !mxE; move: (x1 i j : R) (x2 i j : R) (x3 i j : R) (x4 i j : R).
    by move: (x5 i j : R) (x6 i j : R) (y i j : R) => *; ring.
  rewrite E1 addrA; congr (_ + _ + _).
  have E2 : had D dzz *m be = - (eW *: Fop D D be e).
    by rewrite dzE -scaleNr hadZr -scalemxAl /Fop scaleNr.
  have E3 : P *m dbb = - (eB *: (P *m P^T *m e)).
    by rewrite dbE mulmxN -scalemxAr mulmxA.
  have E4 : Fop (D - Dc) D be e + Fop Dc (D - Dc) be e + Fop Dc Dc (be - bc) e
     = Fop D D be e - Fop Dc Dc bc e.
    rewrite /Fop !(hadBl D Dc) [K *m (_ - _)]mulmxBr hadBr !mulmxBl [_ *m (be - bc)]mulmxBr.
    by rewrite !addrA !subrK.
  rewrite E2 E3 E4 /A0 !mulmxBl mul1mx -!scalemxAl -FopE.
  move: (P *m P^T *m e) (Pc *m Pc^T *m e) (Fop D D be e) (Fop Dc Dc bc e) => x1 x2 x3 x4.
  apply/matrixP=> i j; rewrite !mxE; move: (x1 i j : R) (x2 i j : R) (x3 i j : R) (x4 i j : R).
  by move: (e i j : R) => *; ring.
rewrite (le_trans (nrm_add _ _)) // /nrate [leRHS]mulrDl [X in _ <= X + _]mulrDl [X in _ <= X + _ + _]mulrDl ler_add //.
  rewrite (le_trans (nrm_sub _ _)) // ler_add //.
    rewrite (le_trans (nrm_sub _ _)) // ler_add // nrmZ ger0_norm // -mulrA ler_wpmul2l //.
    rewrite (le_trans (nrm_mul _ _)) // ler_wpmul2r ?nrm_ge0 //.
    rewrite (_ : P *m P^T - Pc *m Pc^T = (P - Pc) *m Pc^T + Pc *m (P - Pc)^T + (P - Pc) *m (P - Pc)^T).
      rewrite (le_trans (nrm_add _ _)) // ler_add //; last first.
        by rewrite (le_trans (nrm_mul _ _)) // nrm_tr expr2 ler_pmul ?nrm_ge0.
      rewrite (le_trans (nrm_add _ _)) // mulr2n ler_add // (le_trans (nrm_mul _ _)) // nrm_tr.
        by rewrite mulrC ler_pmul ?nrm_ge0.
      by rewrite ler_pmul ?nrm_ge0.
    rewrite linearB /= !mulmxBl !mulmxBr.
    move: (P *m P^T) (P *m Pc^T) (Pc *m P^T) (Pc *m Pc^T) => x1 x2 x3 x4.
    apply/matrixP=> i j; rewrite !mxE; move: (x1 i j : R) (x2 i j : R) (x3 i j : R) (x4 i j : R).
    by move=> *; ring.
  rewrite nrmZ ger0_norm // -mulrA ler_wpmul2l //.
  rewrite (le_trans (nrm_add _ _)) // [leRHS]mulrDl [X in _ <= X + _]mulrDl ler_add //; last exact: Fop_le.
  by rewrite (le_trans (nrm_add _ _)) // ler_add //; apply: Fop_le.
have dz2 : nrm dzz ^+ 2 <= Cz ^+ 2 * eps * nrm e.
  rewrite (@le_trans _ _ ((Cz * nrm e) ^+ 2)) ?ler_sqr ?nnegrE ?mulr_ge0 ?nrm_ge0 //.
  by rewrite exprMn [nrm e ^+ 2]expr2 mulrA ler_wpmul2r ?nrm_ge0 // ler_wpmul2l ?exprn_ge0.
rewrite (le_trans (nrm_add _ _)) // [leRHS]mulrDl ler_add //.
  rewrite (le_trans (nrm_mul _ _)) //; apply: (@le_trans _ _ (c1 * (Cz * nrm e) * (Cb * eps))).
    rewrite ler_pmul ?nrm_ge0 //; first by rewrite (le_trans (hD _)) // ler_wpmul2l.
    by rewrite (le_trans ndb) // ler_wpmul2l.
  have gen (x1 x2 x3 x4 x5 : R) : x1 * (x2 * x5) * (x3 * x4) = x1 * x2 * x3 * x4 * x5 by ring.
  by rewrite gen.
rewrite (le_trans (nrm_mul _ _)) // [leRHS]mulrAC ler_pmul ?nrm_ge0 //.
  by rewrite (le_trans nR) // -[leRHS]mulrA ler_wpmul2l.
rewrite (le_trans (nrm_add _ _)) // ler_add // (le_trans ndb) // ler_wpmul2l //.
Qed.

Definition ndist (j : bool) st st' : R :=
  if j then nrm (zpre st - zpre st') else nrm (st.2 - st'.2).
Variable s0 : nstate.
Hypotheses (Hs0 : nrm (zpre s0 - zc) <= dz) (Hb0 : nrm (s0.2 - bc) <= db).
Hypothesis He0 : nrm (nerr s0) <= eps.

(* If the rate is below 1 and the radii have room for all movement, the error decays for ever and the state stays near. *)
Theorem smooth_contraction_forever t :
  nrm (nerr (iter t nstep s0)) <= nrate ^+ t * nrm (nerr s0)
  /\ nrm (zpre s0 - zpre (iter t nstep s0)) <= Rz
  /\ nrm (s0.2 - (iter t nstep s0).2) <= Rb.
Proof.
pose C (j : bool) := if j then Cz else Cb.
pose Rad (j : bool) := if j then Rz else Rb.
have C0 j : 0 <= C j by case: j.
have d0 j s : ndist j s s = 0 by case: j; rewrite /ndist subrr nrm0.
have dt j a c' c : ndist j a c <= ndist j a c' + ndist j c' c.
  case: j; rewrite /ndist.
    by rewrite -[_ - zpre c](subrKA (zpre c')) nrm_add.
  by rewrite -[_ - c.2](subrKA c'.2) nrm_add.
pose ins := inside (fun s => nrm (nerr s)) ndist Rad s0.
have insE s : ins s -> [/\ nrm (zpre s - zc) <= TZ, nrm (s.2 - bc) <= TB & nrm (nerr s) <= eps].
  case=> Hd HE; split; last exact: le_trans HE He0.
    rewrite -(subrKA (zpre s0)) addrC (le_trans (nrm_add _ _)) // ler_add //.
    by rewrite -nrmN opprB; exact: (Hd true).
  rewrite -(subrKA s0.2) addrC (le_trans (nrm_add _ _)) // ler_add //.
  by rewrite -nrmN opprB; exact: (Hd false).
have ctr s : ins s -> nrm (nerr (nstep s)) <= nrate * nrm (nerr s).
  by move=> /insE[A B Q]; have [] := ncontraction A B Q.
have mv s : ins s -> forall j, ndist j s (nstep s) <= C j * nrm (nerr s).
  by move=> /insE[A B Q] []; have [] := ncontraction A B Q.
have bud j : C j * nrm (nerr s0) <= (1 - nrate) * Rad j.
  case: j; [apply: le_trans budget_z | apply: le_trans budget_b]; exact: ler_wpmul2l.
have E0 (s : nstate) : 0 <= nrm (nerr s) by exact: nrm_ge0.
have [A _] := bootstrap d0 dt E0 nrate_ge0 nrate_lt1 C0 ctr mv bud t.
have B := bootstrap_inside d0 dt E0 nrate_ge0 nrate_lt1 C0 ctr mv bud t.
by split=> //; split; [exact: (B true) | exact: (B false)].
Qed.
End Smooth.
