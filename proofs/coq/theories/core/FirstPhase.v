(* Training with weight decay during a first phase: the error first approaches a floor, and then decays for ever. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import RegularisedRecursion.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section FirstPhase.
Variables (R : realFieldType) (a : nat -> R) (g lam eta Y q : R) (T : nat).
Hypotheses (gl : 0 < g + lam) (Y0 : 0 <= Y) (l0 : 0 <= lam).
Hypothesis (e0 : 0 <= eta) (q0 : 0 <= 1 - eta * g - eta * lam) (qq : 0 <= q).
(* Weight decay before step T, none from then on. *)
Hypothesis first : forall t, (t < T)%N -> a t.+1 <= (1 - eta * g - eta * lam) * a t + eta * lam * Y.
Hypothesis after : forall t, (T <= t)%N -> a t.+1 <= q * a t.

(* After T steps and t more, the error is at most q^t times what the first phase leaves. *)
Theorem first_phase t :
  a (T + t)%N <= q ^+ t * ((1 - eta * g - eta * lam) ^+ T * a 0%N + lam / (g + lam) * Y).
Proof.
elim: t => [|t IH]; last first.
  by rewrite addnS (le_trans (after (leq_addr _ _))) // exprS -mulrA ler_wpmul2l.
rewrite addn0 mul1r.
pose rho := 1 - eta * g - eta * lam.
suff H u : (u <= T)%N -> a u <= rho ^+ u * a 0%N + lam / (g + lam) * Y by exact: H.
elim: u => [_|u IH' uT]; first by rewrite mul1r ler_addl mulr_ge0 // mulr_ge0 // invr_ge0 ltW.
apply: le_trans (first uT) _; rewrite exprS.
apply: (@le_trans _ _ (rho * (rho ^+ u * a 0%N + lam / (g + lam) * Y) + eta * lam * Y)).
  by rewrite ler_add2r ler_wpmul2l // IH' // ltnW.
by rewrite le_eqVlt; apply/orP; left; apply/eqP; rewrite /rho; field; rewrite gt_eqF.
Qed.
End FirstPhase.
