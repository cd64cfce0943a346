(* A recursion with weight decay: the error contracts at the rate g + lam and is driven by lam times the size Y of the targets. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Regularised.
Variables (R : realFieldType) (a : nat -> R) (g lam eta Y : R).
Hypotheses (gl : 0 < g + lam) (Y0 : 0 <= Y) (l0 : 0 <= lam).
Hypothesis (e0 : 0 <= eta) (q0 : 0 <= 1 - eta * g - eta * lam).
Hypothesis rec : forall t, a t.+1 <= (1 - eta * g - eta * lam) * a t + eta * lam * Y.

(* Solved: a geometric part, and a floor of lam / (g + lam) Y that remains. *)
Theorem regularised_recursion t :
  a t <= (1 - eta * g - eta * lam) ^+ t * a 0%N + lam / (g + lam) * Y.
Proof.
elim: t => [|t IH].
  by rewrite expr0 mul1r ler_addl mulr_ge0 // mulr_ge0 // invr_ge0 ltW.
apply: le_trans (rec t) _; rewrite exprS.
apply: (@le_trans _ _ ((1 - eta * g - eta * lam) *
   ((1 - eta * g - eta * lam) ^+ t * a 0%N + lam / (g + lam) * Y) + eta * lam * Y)).
  by rewrite ler_add2r ler_wpmul2l.
by rewrite le_eqVlt; apply/orP; left; apply/eqP; field; rewrite gt_eqF.
Qed.
End Regularised.
