(* The exact step of the outputs of a network of any depth, under any rule, over any commutative ring.

   Layer l takes w l numbers to w (l+1); layer l is the last, for any l. The activations at the inputs of layer l are h l,
   and h 0 = X. Weights, activations and signals are functions of natural numbers; only indices below the widths count.
   The rule is W_l+ = W_l - eta s_l sum_j sig_lj h_lj^T with any signals sig: the errors sent back through the transposed
   weights (backpropagation), through fixed matrices (feedback alignment), directly, through signs, or anything else. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Deep.
Variables (R : comRingType) (n : nat) (w : nat -> nat) (psi : R -> R).
Variables (X : 'I_n -> nat -> R) (s : nat -> R) (eta : R).
Implicit Types (V : nat -> nat -> nat -> R) (i j : 'I_n).

(* Pre-activations from activations; activations; the outputs of layer l. *)
Definition pre V l (h : 'I_n -> nat -> R) i r : R := s l * \sum_(c < w l) V l r c * h i c.
Fixpoint hid V l : 'I_n -> nat -> R := if l is k.+1 then fun i r => psi (pre V k (hid V k) i r) else X.
Definition out V l i r : R := pre V l (hid V l) i r.

Variables (W : nat -> nat -> nat -> R) (sig : nat -> 'I_n -> nat -> R).
(* The weights after the step. *)
Definition updated l r c : R := W l r c - eta * s l * \sum_j sig l j r * hid W l j c.

(* Secant slopes of psi between the pre-activations before and after the step. *)
Variable S : nat -> 'I_n -> nat -> R.
Hypothesis secant : forall l i r,
  psi (out updated l i r) - psi (out W l i r) = S l i r * (out updated l i r - out W l i r).

(* What reaches layer m + k from layer m on the way forward, sample by sample, at secant slopes and old weights. *)
Fixpoint path m k i (r c : nat) : R :=
  if k is k'.+1 then s (m + k').+1 * \sum_(a < w (m + k').+1) W (m + k').+1 r a * S (m + k') i a * path m k' i a c
  else (r == c)%:R.
(* The inner product of the activations after and before the step. *)
Definition inner m i j : R := \sum_(c < w m) hid updated m i c * hid W m j c.
(* What layer m contributes to the step of the outputs of layer l, for one sample of the data. *)
Definition share l m i j r : R :=
  s m ^+ 2 * inner m i j * \sum_(c < w m.+1) path m (l - m) i r c * sig m j c.

Lemma own_layer l i r : s l * (\sum_(c < w l) (updated l r c - W l r c) * hid updated l i c)
  = - eta * \sum_j s l ^+ 2 * inner l i j * sig l j r.
Proof.
have step c : updated l r c - W l r c = - (eta * s l * \sum_j sig l j r * hid W l j c).
  by rewrite /updated; ring.
transitivity (\sum_(c < w l) \sum_j - eta * (s l ^+ 2 * (hid updated l i c * hid W l j c) * sig l j r)).
  rewrite mulr_sumr; apply: eq_bigr => c _; rewrite step mulNr mulrN [_ * _ * hid _ _ _ _]mulrAC mulr_sumr mulr_sumr -sumrN.
  by apply: eq_bigr => j _; move: (hid updated l i c) (hid W l j c) (sig l j r) => *; ring.
rewrite exchange_big mulr_sumr; apply: eq_bigr => j _ /=.
by rewrite -mulr_sumr -mulr_suml -mulr_sumr.
Qed.

Lemma pick (v : nat -> R) (q r : nat) : (r < q)%N -> \sum_(c < q) (r == c)%:R * v c = v r.
Proof.
move=> H; rewrite (bigD1 (Ordinal H)) //= eqxx mul1r big1 ?addr0 // => c /eqP ne.
by case: eqP => [E|]; rewrite ?mul0r //; case: ne; apply/val_inj; rewrite /= E.
Qed.

(* With no remainder: the outputs move by - eta times the sum of the shares of all layers up to the last. *)
Theorem deep_exact_step l i r : (r < w l.+1)%N ->
  out updated l i r - out W l i r = - eta * \sum_j \sum_(m < l.+1) share l m i j r.
Proof.
elim: l r => [|l IH] r Hr.
  have -> : out updated 0 i r - out W 0 i r = s 0%N * \sum_(c < w 0) (updated 0 r c - W 0 r c) * hid updated 0 i c.
    rewrite /out /pre -mulrBr; congr (_ * _); rewrite -sumrB; apply: eq_bigr => c _ /=.
    by rewrite [RHS]mulrBl.
  rewrite own_layer; congr (_ * _); apply: eq_bigr => j _.
  by rewrite big_ord_recl big_ord0 addr0 /share /= pick.
have -> : out updated l.+1 i r - out W l.+1 i r =
    s l.+1 * (\sum_(c < w l.+1) (updated l.+1 r c - W l.+1 r c) * hid updated l.+1 i c)
    + s l.+1 * \sum_(a < w l.+1) W l.+1 r a * S l i a * (out updated l i a - out W l i a).
  rewrite /out /pre -mulrBr -mulrDr -sumrB -big_split; congr (_ * _); apply: eq_bigr => a _.
  have E := secant l i a; rewrite /out /pre in E; rewrite -[W l.+1 r a * S l i a * _]mulrA -E /=.
  by move: (psi _) (psi _) => *; ring.
rewrite own_layer.
under [X in _ + _ * X]eq_bigr => a _ do rewrite IH // mulrCA.
rewrite -[X in _ + _ * X]mulr_sumr [X in _ + X]mulrCA -mulrDr; congr (_ * _).
under [X in _ + _ * X]eq_bigr do rewrite mulr_sumr.
rewrite [X in _ + _ * X]exchange_big /= mulr_sumr -big_split; apply: eq_bigr => j _ /=.
rewrite [RHS]big_ord_recr /= addrC; congr (_ + _); last by rewrite /share subnn /= pick.
under eq_bigr do rewrite mulr_sumr.
rewrite exchange_big mulr_sumr; apply: eq_bigr => m _ /=.
have lm : (m <= l)%N by rewrite -ltnS.
transitivity (\sum_(a < w l.+1) \sum_(c < w m.+1)
    s l.+1 * (W l.+1 r a * S l i a) * (s m ^+ 2 * inner m i j * (path m (l - m) i a c * sig m j c))).
  rewrite mulr_sumr; apply: eq_bigr => a _; rewrite /share !mulr_sumr; apply: eq_bigr => c _.
  by move: (path _ _ _ _ _) (inner m i j) => *; ring.
rewrite exchange_big /share subSn //= subnKC // [RHS]mulr_sumr; apply: eq_bigr => c _.
rewrite [s l.+1 * _]mulr_sumr mulr_suml mulr_sumr; apply: eq_bigr => a _.
by move: (path _ _ _ _ _) (inner m i j) => *; ring.
Qed.

(* Errors e of k = w l.+1 outputs, sent back to layer m by matrices g, so that sig_mj = g_mj e_j, with g_lj = 1 at the last
   layer l: the errors after the step are (1 - eta K) e with the secant kernel K of the network. *)
Variables (l : nat) (y : 'I_n -> nat -> R) (g : nat -> 'I_n -> nat -> nat -> R).
Definition error V i r : R := out V l i r - y i r.
Hypothesis sent_back : forall m j c, (m <= l)%N -> sig m j c = \sum_(q < w l.+1) g m j c q * error W j q.
Definition kernel i j r q : R :=
  \sum_(m < l.+1) s m ^+ 2 * inner m i j * \sum_(c < w m.+1) path m (l - m) i r c * g m j c q.
(* Output by output: e+_ir = e_ir - eta sum_jq K_ijrq e_jq. *)
Corollary deep_secant_kernel i r : (r < w l.+1)%N ->
  error updated i r = error W i r - eta * \sum_j \sum_(q < w l.+1) kernel i j r q * error W j q.
Proof.
move=> Hr; have := deep_exact_step i Hr; rewrite /error.
move: (out updated l i r) (out W l i r) => u v.
set K := \sum_j _; set M := \sum_j _; suff <- : K = M.
  by move: (y i r) K => a k E; rewrite -[u](subrK v) E; ring.
rewrite {}/M {}/K; apply: eq_bigr => j _; rewrite /kernel.
under [RHS]eq_bigr do rewrite mulr_suml.
rewrite exchange_big; apply: eq_bigr => m _ /=; rewrite /share; move: (s m ^+ 2 * inner m i j) => A.
under [RHS]eq_bigr do rewrite mulr_sumr mulr_suml.
rewrite [RHS]exchange_big [LHS]mulr_sumr; apply: eq_bigr => c _ /=.
have lm : (m <= l)%N by rewrite -ltnS.
rewrite (sent_back j c lm) !mulr_sumr; apply: eq_bigr => q _.
by move: (path _ _ _ _ _) => *; rewrite !mulrA.
Qed.
End Deep.
