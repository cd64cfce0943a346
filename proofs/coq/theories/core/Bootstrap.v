(* The induction behind every theorem of convergence, for any state space S and any step.

   E is an error, dist j are distances (of the hidden weights, of the output weights, ...), and s0 is the initial state.
   A state is inside if no distance from s0 exceeds its radius and its error is at most the initial one. If steps from
   states inside contract the error by rho < 1 and move by at most C times the error, and the radii have room for the
   whole movement, then all states are inside, and the error decays for ever. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Bootstrap.
Variables (R : realFieldType) (S : Type) (step : S -> S) (E : S -> R).
Variables (J : Type) (dist : J -> S -> S -> R) (C Rad : J -> R).
Variables (s0 : S) (rho : R).
(* The distances are zero from a state to itself and obey the triangle inequality. *)
Hypothesis dist0 : forall j s, dist j s s = 0.
Hypothesis dtri : forall j a b c, dist j a c <= dist j a b + dist j b c.
Hypothesis E_ge0 : forall s, 0 <= E s.
Hypotheses (rho_ge0 : 0 <= rho) (rho_lt1 : rho < 1).
Hypothesis C_ge0 : forall j, 0 <= C j.
(* The states inside. *)
Definition inside s := (forall j, dist j s0 s <= Rad j) /\ E s <= E s0.
(* Hypotheses on one step from a state inside: it contracts, and it moves little. *)
Hypothesis contr : forall s, inside s -> E (step s) <= rho * E s.
Hypothesis move : forall s, inside s -> forall j, dist j s (step s) <= C j * E s.
(* The radii have room for the sum of all movements, a geometric series. *)
Hypothesis budget : forall j, C j * E s0 <= (1 - rho) * Rad j.

Let om_gt0 : 0 < 1 - rho. Proof. by rewrite subr_gt0. Qed.
Let pow01 t : 0 <= rho ^+ t <= 1.
Proof. by rewrite exprn_ge0 ?exprn_ile1 // ltW. Qed.

Let cap j t : C j * E s0 / (1 - rho) * (1 - rho ^+ t) <= Rad j.
Proof.
have /andP[p0 p1] := pow01 t.
have B : C j * E s0 / (1 - rho) <= Rad j by rewrite ler_pdivr_mulr // [leRHS]mulrC budget.
apply: le_trans B; rewrite ler_pimulr ?ler_subl_addr ?ler_addl //.
by rewrite !mulr_ge0 ?invr_ge0 // ltW.
Qed.

(* After t steps the error is at most rho^t times the initial one, and no distance exceeds C E(s0) (1 - rho^t) / (1 - rho). *)
Theorem bootstrap t :
  E (iter t step s0) <= rho ^+ t * E s0 /\
  forall j, dist j s0 (iter t step s0) <= C j * E s0 / (1 - rho) * (1 - rho ^+ t).
Proof.
elim: t => [|t [IE ID]].
  by split=> [|j]; rewrite /= expr0 ?mul1r // dist0 subrr mulr0.
have /andP[p0 p1] := pow01 t.
have ins : inside (iter t step s0).
  split=> [j|]; last by rewrite (le_trans IE) // ler_pimull.
  exact: le_trans (ID j) (cap j t).
split=> [|j] /=.
  by rewrite (le_trans (contr ins)) // exprS -mulrA ler_wpmul2l.
apply: le_trans (dtri _ _ (iter t step s0) _) _.
have mv : dist j (iter t step s0) (step (iter t step s0)) <= C j * (rho ^+ t * E s0).
  by rewrite (le_trans (move ins j)) // ler_wpmul2l.
rewrite (le_trans (ler_add (ID j) mv)) // le_eqVlt; apply/orP; left; apply/eqP.
by rewrite exprS; field; rewrite gt_eqF.
Qed.

(* In particular no radius is ever exceeded. *)
Corollary bootstrap_inside t j : dist j s0 (iter t step s0) <= Rad j.
Proof.
by have [_ /(_ j) D] := bootstrap t; apply: le_trans D (cap j t).
Qed.
End Bootstrap.
