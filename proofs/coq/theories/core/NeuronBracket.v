(* What every neuron loses in a step: b_r beta_r - |w_r|^2/2 decreases by exactly |w_r+ - w_r|^2/2.

   This holds for 1-homogeneous activations, psi(z) = psi'(z) z for all z, such as the linear one and ReLU, without
   weight decay, for all n, d, p. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import Network.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Bracket.
Variables (R : realFieldType) (n d p : nat) (psi dpsi : R -> R).
Hypothesis homogeneous : forall z, psi z = dpsi z * z.
Variables (X : 'M[R]_(n, d)) (y : 'cV[R]_n) (b : 'cV[R]_p) (s eta : R).
Implicit Types st : 'M[R]_(p, d) * 'cV[R]_p.
Notation step := (fa_step psi dpsi X y b s eta 0).

(* The square of the length of w_r, and of its movement from one state to the next. *)
Definition length2 st (r : 'I_p) : R := \sum_k st.1 r k ^+ 2.
Definition moved2 st st' (r : 'I_p) : R := \sum_k (st'.1 r k - st.1 r k) ^+ 2.
Definition bracket st (r : 'I_p) : R := b r 0 * st.2 r 0 - length2 st r / 2%:R.

(* One step. *)
Lemma bracket_step st r : bracket (step st) r = bracket st r - moved2 st (step st) r / 2%:R.
Proof.
case: st => W be; rewrite /bracket /length2 /moved2 /=.
pose g k := \sum_i err psi X y s W be i 0 * dpsi (preact X W i r) * X i k.
pose c := eta * s * b r 0.
have EW k : fa_W psi dpsi X y b s eta W be r k = W r k - c * g k by rewrite [LHS]mxE.
have EB : fa_beta psi X y s eta 0 W be r 0 = be r 0 - eta * s * \sum_k W r k * g k.
  rewrite [LHS]mxE mulr0 subr0 mul1r; congr (_ - _ * _).
  under [RHS]eq_bigr do rewrite mulr_sumr.
  rewrite exchange_big; apply: eq_bigr => i _ /=; rewrite homogeneous mulrA [X in _ * X = _]mxE mulr_sumr.
  by apply: eq_bigr => k _; rewrite [RHS]mulrCA -!mulrA.
have -> : \sum_k fa_W psi dpsi X y b s eta W be r k ^+ 2
    = \sum_k W r k ^+ 2 - 2%:R * c * (\sum_k W r k * g k) + c ^+ 2 * \sum_k g k ^+ 2.
  rewrite !mulr_sumr -sumrB -big_split; apply: eq_bigr => k _ /=; rewrite EW.
  by move: (W r k : R) (g k) => *; ring.
have -> : \sum_k (fa_W psi dpsi X y b s eta W be r k - W r k) ^+ 2 = c ^+ 2 * \sum_k g k ^+ 2.
  by rewrite mulr_sumr; apply: eq_bigr => k _; rewrite EW; move: (W r k : R) (g k) => *; ring.
rewrite EB.
rewrite /c; move: (\sum_k W r k ^+ 2) (\sum_k W r k * g k) (\sum_k g k ^+ 2) (be r 0 : R) (b r 0 : R) => *; field; rewrite ?pnatr_eq0 //.
Qed.

Variable st0 : 'M[R]_(p, d) * 'cV[R]_p.
Notation state t := (iter t step st0).
(* The sum of the squares of the movements of w_r in the first t steps. *)
Definition travelled t (r : 'I_p) : R := \sum_(u < t) moved2 (state u) (state u.+1) r.

(* A whole run. *)
Lemma bracket_run t r : bracket (state t) r = bracket st0 r - travelled t r / 2%:R.
Proof.
elim: t => [|t IH]; first by rewrite /travelled big_ord0 mul0r subr0.
by rewrite {1}iterS bracket_step IH /travelled big_ord_recr /= mulrDl opprD addrA.
Qed.

(* The kernel of the hidden weights, H_ij = (x_i . x_j) s^2 sum_r beta_r b_r psi'(z_ir) psi'(z_jr). *)
Definition feedback_kernel st : 'M[R]_n := \matrix_(i, j)
  (gram X i j * s ^+ 2 * \sum_r st.2 r 0 * b r 0 * dpsi (preact X st.1 i r) * dpsi (preact X st.1 j r)).
Lemma feedback_kernel_psd st (v : 'cV[R]_n) : (forall r, 0 <= b r 0 * st.2 r 0) ->
  0 <= (v^T *m feedback_kernel st *m v) 0 0.
Proof.
move=> H.
suff -> : (v^T *m feedback_kernel st *m v) 0 0
    = \sum_r (b r 0 * st.2 r 0) * (s ^+ 2 * \sum_k (\sum_i v i 0 * dpsi (preact X st.1 i r) * X i k) ^+ 2).
  apply: sumr_ge0 => r _; rewrite mulr_ge0 // mulr_ge0 ?sqr_ge0 // sumr_ge0 // => k _; exact: sqr_ge0.
transitivity (\sum_i \sum_j v i 0 * feedback_kernel st i j * v j 0).
  rewrite mxE exchange_big; apply: eq_bigr => j _ /=; rewrite mxE mulr_suml.
  by apply: eq_bigr => i _; rewrite [v^T _ _]mxE.
transitivity (\sum_i \sum_j \sum_r \sum_k (b r 0 * st.2 r 0 * s ^+ 2) *
    ((v i 0 * dpsi (preact X st.1 i r) * X i k) * (v j 0 * dpsi (preact X st.1 j r) * X j k))).
  apply: eq_bigr => i _; apply: eq_bigr => j _; rewrite [feedback_kernel _ _ _]mxE !mulr_sumr mulr_suml.
  apply: eq_bigr => r _; rewrite [gram _ _ _]mxE !(mulr_suml, mulr_sumr); apply: eq_bigr => k _.
  rewrite [X^T _ _]mxE; move: (dpsi _) (dpsi _) => *.
  by move: (X i k : R) (X j k : R) (v i 0 : R) (v j 0 : R) (st.2 r 0) (b r 0) => *; ring.
under eq_bigr do rewrite exchange_big; rewrite exchange_big; apply: eq_bigr => r _ /=.
under eq_bigr do rewrite exchange_big; rewrite exchange_big /= mulrA mulr_sumr; apply: eq_bigr => k _.
rewrite [X in _ = _ * X]expr2 big_distrlr /= mulr_sumr; apply: eq_bigr => i _; rewrite mulr_sumr; apply: eq_bigr => j _.
by [].
Qed.

(* For every neuron and all t, the bracket has decreased by half of what the neuron has travelled; and at any t at which no
   neuron has travelled more than 2 b_r beta_r(0) - |w_r(0)|^2, H(t) is positive semi-definite. *)
Theorem neuron_bracket :
  (forall st r, bracket (step st) r = bracket st r - moved2 st (step st) r / 2%:R) /\
  (forall t r, bracket (state t) r = bracket st0 r - travelled t r / 2%:R) /\
  (forall t, (forall r, travelled t r <= 2%:R * (b r 0 * st0.2 r 0) - length2 st0 r) ->
    forall v : 'cV[R]_n, 0 <= (v^T *m feedback_kernel (state t) *m v) 0 0).
Proof.
split; [exact: bracket_step | split; [exact: bracket_run | move=> t H v]].
apply: feedback_kernel_psd => r; have := bracket_run t r; rewrite /bracket => E.
have L0 : 0 <= length2 (state t) r by apply: sumr_ge0 => k _; exact: sqr_ge0.
have -> : b r 0 * (state t).2 r 0 = b r 0 * st0.2 r 0 - length2 st0 r / 2%:R - travelled t r / 2%:R + length2 (state t) r / 2%:R.
  by rewrite -E subrK.
have : 0 <= 2%:R * (b r 0 * st0.2 r 0) - length2 st0 r - travelled t r by rewrite subr_ge0; exact: H.
move: (b r 0 * st0.2 r 0) (length2 st0 r) (travelled t r) => x l m h.
have -> : x - l / 2%:R - m / 2%:R = (2%:R * x - l - m) / 2%:R by field.
by apply: addr_ge0; apply: divr_ge0; rewrite ?ler0n.
Qed.
End Bracket.
