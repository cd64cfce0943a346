(* The dynamics of SmoothContraction are those of Network, with b and beta multiplied by s = 1/sqrt p. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import Network FrobeniusNorm SmoothContraction.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Link.
Variables (R : rcfType) (psi dpsi : R -> R) (n d p : nat).
Variables (X : 'M[R]_(n, d)) (y : 'cV[R]_n) (bo : 'cV[R]_p) (s eta : R).
Let b := s *: bo.
Definition norm_state (st : 'M[R]_(p, d) * 'cV[R]_p) : nstate R d p := (st.1, s *: st.2).
Lemma PsiE (st : nstate R d p) i r : Psi psi X st i r = psi (preact X st.1 i r).
Proof. by rewrite mxE /zpre preactE. Qed.
Lemma hadE (A B : 'M[R]_(n, p)) i r : had A B i r = A i r * B i r. Proof. by rewrite mxE. Qed.
Lemma outE (e : 'cV[R]_n) i r : (e *m b^T) i r = e i 0 * (s * bo r 0).
Proof. by rewrite mxE big_ord1 !mxE. Qed.
Lemma DpE (st : nstate R d p) i r : Dp dpsi X st i r = dpsi (preact X st.1 i r).
Proof. by rewrite mxE /zpre preactE. Qed.
Lemma nerr_link st : nerr psi X y (norm_state st) = err psi X y s st.1 st.2.
Proof.
apply/matrixP=> i j; rewrite (ord1 j) [LHS]mxE [X in X + _]mxE [X in _ + X]mxE [RHS]mxE mulr_sumr.
by congr (_ - _); apply: eq_bigr => r _; rewrite PsiE [X in _ * X]mxE [LHS]mulrC -[LHS]mulrA.
Qed.
(* t steps, and the error after them. *)
Theorem smooth_link st t :
  iter t (nstep psi dpsi X y b eta (eta * s ^+ 2)) (norm_state st)
  = norm_state (iter t (fa_step psi dpsi X y bo s eta 0) st).
Proof.
elim: t => [|t IH] //; rewrite !iterS IH; set u := iter t _ st.
rewrite /nstep nerr_link /fa_step /norm_state /=; set e := err psi X y s u.1 u.2.
have HW (r : 'I_p) (k : 'I_d) : ((had (Dp dpsi X (u.1, s *: u.2)) (e *m b^T))^T *m X) r k
    = s * bo r 0 * \sum_i e i 0 * dpsi (preact X u.1 i r) * X i k.
  rewrite mxE mulr_sumr; apply: eq_bigr => i _; rewrite [X in X * _ = _]mxE hadE DpE outE /=.
  by move: (bo r 0 : R) (e i 0 : R) (dpsi _) (X i k : R) => *; ring.
have HB (r : 'I_p) : ((Psi psi X (u.1, s *: u.2))^T *m e) r 0
    = \sum_i e i 0 * psi (preact X u.1 i r).
  by rewrite mxE; apply: eq_bigr => i _; rewrite [X in X * _ = _]mxE PsiE mulrC.
congr (_, _); apply/matrixP=> r k.
  rewrite [LHS]mxE [RHS]mxE -/e; congr (_ + _).
  by rewrite [LHS]mxE; congr (- _); rewrite [LHS]mxE HW !mulrA.
rewrite (ord1 k) [LHS]mxE [RHS]mxE [X in s * X]mxE -/e mulr0 subr0 mul1r mulrBr.
rewrite [X in X + _ = _]mxE; congr (_ + _); rewrite [LHS]mxE; congr (- _); rewrite [LHS]mxE HB.
by move: (\sum_i _) => z; ring.
Qed.
End Link.
