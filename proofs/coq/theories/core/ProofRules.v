(* The rules of the proof documents that are not pure logic: sums and products of inequalities, and the axioms. *)
From Coq Require Import ZArith QArith.
From mathcomp Require Import all_ssreflect all_algebra.
From FA.core Require Import RationalMatrices IndexedSums.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Close Scope Q_scope. Delimit Scope Q_scope with qq. Local Open Scope ring_scope.

Section Rules.
Variable R : rcfType.
Implicit Types a b c d x y : R.

(* From the difference of two sides. *)
Lemma gap_eq a b x : b - a = x -> x = 0 -> a = b.
Proof. by move=> E Z; apply/eqP; rewrite eq_sym -subr_eq0 E Z. Qed.
Lemma gap_le a b x : b - a = x -> 0 <= x -> a <= b.
Proof. by move=> <-; rewrite subr_ge0. Qed.
Lemma gap_lt a b x : b - a = x -> 0 < x -> a < b.
Proof. by move=> <-; rewrite subr_gt0. Qed.

(* Items: a theorem, times a factor, summed. *)
Lemma item_eq m a b : a = b -> m * (b - a) = 0.
Proof. by move=> ->; rewrite subrr mulr0. Qed.
Lemma item_eqN a b : a = b -> - (b - a) = 0.
Proof. by move=> ->; rewrite subrr oppr0. Qed.
Lemma item_le m a b : 0 <= m -> a <= b -> 0 <= m * (b - a).
Proof. by move=> ge le; rewrite mulr_ge0 // subr_ge0. Qed.
Lemma item_lt m a b : 0 < m -> a < b -> 0 < m * (b - a).
Proof. by move=> gt lt; rewrite mulr_gt0 // subr_gt0. Qed.
Lemma sum_eq n (F : 'I_n -> R) : (forall i, F i = 0) -> \sum_(i < n) F i = 0.
Proof. by move=> E; rewrite big1. Qed.
Lemma sum_le n (F : 'I_n -> R) : (forall i, 0 <= F i) -> 0 <= \sum_(i < n) F i.
Proof. by move=> E; apply: sumr_ge0. Qed.
Lemma sum_lt n (F : 'I_n -> R) : (0 < n)%N -> (forall i, 0 < F i) -> 0 < \sum_(i < n) F i.
Proof.
move=> gt E; rewrite (bigD1 (Ordinal gt)) //= ltr_spaddl // sumr_ge0 // => i _; exact/ltW.
Qed.
Lemma both_eq x y : x = 0 -> y = 0 -> x + y = 0.
Proof. by move=> -> ->; rewrite addr0. Qed.
Lemma gain_first x y : 0 < x -> 0 <= y -> 0 < x + y.
Proof. exact: ltr_spaddl. Qed.
Lemma gain_last x y : 0 <= x -> 0 < y -> 0 < x + y.
Proof. exact: ltr_paddl. Qed.
Lemma eq_ge x : x = 0 -> 0 <= x.
Proof. by move=> ->. Qed.
Lemma frac_ge n k : 0 <= n%:R / k.+1%:R :> R.
Proof. by rewrite divr_ge0 ?ler0n. Qed.
Lemma frac_gt n k : 0 < n.+1%:R / k.+1%:R :> R.
Proof. by rewrite divr_gt0 ?ltr0n. Qed.
Lemma rat_ge q : Qle_bool (Qmake 0 1) q -> 0 <= QR R q.
Proof. by move/(QR_le R); rewrite QR0. Qed.

(* The same statement, with other sides of the same difference. *)
Lemma same_eq a b x y : a = b -> y - x = b - a -> x = y.
Proof. by move=> -> E; apply: (gap_eq E); rewrite subrr. Qed.
Lemma same_eqN a b x y : a = b -> y - x = a - b -> x = y.
Proof. by move=> -> E; apply: (gap_eq E); rewrite subrr. Qed.
Lemma same_le a b x y : a <= b -> y - x = b - a -> x <= y.
Proof. by move=> le E; apply: (gap_le E); rewrite subr_ge0. Qed.
Lemma same_lt a b x y : a < b -> y - x = b - a -> x < y.
Proof. by move=> lt E; apply: (gap_lt E); rewrite subr_gt0. Qed.
Lemma sign_le a b m : a <= b -> m = b - a -> 0 <= m.
Proof. by move=> le ->; rewrite subr_ge0. Qed.
Lemma sign_lt a b m : a < b -> m = b - a -> 0 < m.
Proof. by move=> lt ->; rewrite subr_gt0. Qed.

Lemma sign_number_le x y : 0 <= y -> x = y -> 0 <= x.
Proof. by move=> le ->. Qed.
Lemma sign_number_lt x y : 0 < y -> x = y -> 0 < x.
Proof. by move=> lt ->. Qed.

(* Case distinction, and false relations of numbers. *)
Lemma le_or_lt a b : a <= b \/ b < a.
Proof. by case: (lerP a b) => H; [left | right]. Qed.
Lemma false_eq a b d : a = b -> b - a = d -> 0 < d -> False.
Proof. by move=> ->; rewrite subrr => <-; rewrite ltxx. Qed.
Lemma false_eqN a b d : a = b -> b - a = - d -> 0 < d -> False.
Proof. by move=> ->; rewrite subrr => /eqP; rewrite eq_sym oppr_eq0 => /eqP ->; rewrite ltxx. Qed.
Lemma false_le a b d : a <= b -> b - a = - d -> 0 < d -> False.
Proof. by rewrite -subr_ge0 => le E; rewrite E oppr_ge0 in le; rewrite ltNge le. Qed.
Lemma false_lt a b d : a < b -> b - a = - d -> 0 <= d -> False.
Proof. by rewrite -subr_gt0 => lt E; rewrite E oppr_gt0 in lt; rewrite leNgt lt. Qed.
Lemma false_zero a b : a < b -> b - a = 0 -> False.
Proof. by rewrite -subr_gt0 => lt E; rewrite E ltxx in lt. Qed.

(* Axioms of the kernel that are theorems here. *)
Lemma sqrt_square x : 0 <= x -> Num.sqrt x ^+ 2 = x.
Proof. exact: sqr_sqrtr. Qed.
Lemma sqrt_sign x : 0 <= Num.sqrt x.
Proof. exact: sqrtr_ge0. Qed.
Lemma inverse x : 0 < x ^+ 2 -> x * x^-1 = 1.
Proof. by move=> gt; rewrite divff // -sqrf_eq0 gt_eqF. Qed.
Lemma abs_up x : 0 <= x -> `|x| = x.
Proof. exact: ger0_norm. Qed.
Lemma abs_down x : x <= 0 -> `|x| = - x.
Proof. exact: ler0_norm. Qed.
Lemma max_right x y : x <= y -> Num.max x y = y.
Proof. exact: max_r. Qed.
Lemma max_left x y : y <= x -> Num.max x y = x.
Proof. exact: max_l. Qed.
Lemma size_one n : (0 < n)%N -> 1 <= n%:R :> R.
Proof. by rewrite ler1n. Qed.
Lemma time_sign t : 0 <= t%:R :> R.
Proof. exact: ler0n. Qed.
Lemma half_gt (dim : nat -> nat) (dim_gt0 : forall s, (0 < dim s)%N) s k : 0 < half R dim s k.
Proof.
have gt : 0 < Num.sqrt (dim s)%:R :> R by rewrite sqrtr_gt0 ltr0n.
by rewrite halfE //; case: k => [|q|q] /=; rewrite ?ltr01 ?invr_gt0 ?exprn_gt0.
Qed.

(* What the kernel assumes of the operator norm; no other function has it. *)
Definition operator_norm m n (op : ('I_m -> 'I_n -> R) -> R) : Prop :=
  [/\ forall (M : 'I_m -> 'I_n -> R) (v : 'I_n -> R),
        \sum_(i < m) (\sum_(j < n) M i j * v j) ^+ 2 <= op M ^+ 2 * \sum_(j < n) v j ^+ 2,
      forall M, 0 <= op M
    & forall M c, 0 <= c ->
        (forall v : 'I_n -> R,
           \sum_(i < m) (\sum_(j < n) M i j * v j) ^+ 2 <= c ^+ 2 * \sum_(j < n) v j ^+ 2) -> op M <= c].
Lemma op_bound m n op (H : @operator_norm m n op) M v :
  \sum_(i < m) (\sum_(j < n) M i j * v j) ^+ 2 <= op M ^+ 2 * \sum_(j < n) v j ^+ 2.
Proof. by case: H. Qed.
Lemma op_sign m n op (H : @operator_norm m n op) M : 0 <= op M.
Proof. by case: H. Qed.
Lemma op_least m n op (H : @operator_norm m n op) M c : 0 <= c ->
  (forall v : 'I_n -> R, \sum_(i < m) (\sum_(j < n) M i j * v j) ^+ 2 <= c ^+ 2 * \sum_(j < n) v j ^+ 2) -> op M <= c.
Proof. by case: H => _ _; apply. Qed.
Lemma op_same m n op (H : @operator_norm m n op) M N : (forall i j, M i j = N i j) -> op M = op N.
Proof.
have le A B : (forall i j, A i j = B i j) -> op A <= op B.
  move=> E; apply: op_least => //; first exact: op_sign.
  move=> v; apply: le_trans (op_bound H B v).
  by rewrite le_eqVlt; apply/orP; left; apply/eqP; apply: eq_bigr => i _; congr (_ ^+ 2); apply: eq_bigr => j _; rewrite E.
by move=> E; apply/eqP; rewrite eq_le !le //; move=> i j; rewrite E.
Qed.
End Rules.
