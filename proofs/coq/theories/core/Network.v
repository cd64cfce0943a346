(* Feedback alignment in a network of two layers, coordinate by coordinate, over any commutative ring.

   There are n samples with d inputs and p hidden neurons; psi is the activation and dpsi stands for its derivative.
   s is 1/sqrt p, eta the step size and lam the weight decay of the output weights. Nothing is assumed about them here. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Model.
Variables (R : comRingType) (n d p : nat).
Variables (psi dpsi : R -> R).
Variables (X : 'M[R]_(n, d)) (y : 'cV[R]_n) (b : 'cV[R]_p).
Variables (s eta lam : R).

(* Pre-activation of neuron r on sample i: the inner product of w_r and x_i. *)
Definition preact (W : 'M[R]_(p, d)) : 'M[R]_(n, p) :=
  \matrix_(i, r) \sum_k W r k * X i k.
(* Error on sample i: e_i = s sum_r beta_r psi(w_r . x_i) - y_i. *)
Definition err (W : 'M[R]_(p, d)) (be : 'cV[R]_p) : 'cV[R]_n :=
  \col_i (s * (\sum_r be r 0 * psi (preact W i r)) - y i 0).
(* The rule for the hidden weights. Errors are sent back through b, not through beta:
   w_r+ = w_r - eta s b_r sum_i e_i psi'(w_r . x_i) x_i. *)
Definition fa_W (W : 'M[R]_(p, d)) (be : 'cV[R]_p) : 'M[R]_(p, d) :=
  \matrix_(r, k) (W r k - eta * s * b r 0 *
     \sum_i err W be i 0 * dpsi (preact W i r) * X i k).
(* The rule for the output weights: beta_r+ = (1 - eta lam) beta_r - eta s sum_i e_i psi(w_r . x_i). *)
Definition fa_beta (W : 'M[R]_(p, d)) (be : 'cV[R]_p) : 'cV[R]_p :=
  \col_r ((1 - eta * lam) * be r 0
     - eta * s * \sum_i err W be i 0 * psi (preact W i r)).
(* One step from the state (W, beta). `iter t fa_step` is t steps. *)
Definition fa_step (st : 'M[R]_(p, d) * 'cV[R]_p) :=
  (fa_W st.1 st.2, fa_beta st.1 st.2).
(* The Gram matrix of the inputs, K = X X^T. *)
Definition gram : 'M[R]_n := X *m X^T.

(* All pre-activations at once: X W^T. *)
Lemma preactE W : preact W = X *m W^T.
Proof. by apply/matrixP=> i r; rewrite !mxE; apply: eq_bigr => k _; rewrite !mxE mulrC. Qed.
End Model.
