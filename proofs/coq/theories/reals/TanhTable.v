(* Tables of tanh at rational points, verified by the interval tactic of Coq-Interval.

   This file uses plain Coq, where the tactic works. *)
From Coq Require Import Reals QArith Qreals List Lra.
From Interval Require Export Tactic.
From FA.reals Require Export ActivationBounds.
Local Open Scope R_scope.
(* The second number is within tau of tanh of the first. *)
Definition good (tau : Q) (zp : Q * Q) : Prop :=
  Rabs (tanh (Q2R (fst zp)) - Q2R (snd zp)) <= Q2R tau.
Definition tab_ok (tau : Q) (t : list (list (Q * Q))) := Forall (Forall (good tau)) t.
Lemma good_exp tau z q :
  Rabs (1 - 2 / (exp (2 * (IZR (Qnum z) / IZR (Zpos (Qden z)))) + 1) - IZR (Qnum q) / IZR (Zpos (Qden q)))
    <= IZR (Qnum tau) / IZR (Zpos (Qden tau)) -> good tau (z, q).
Proof. unfold good; rewrite tanh_exp; exact (fun H => H). Qed.
(* Verifies one entry, and a whole table. *)
Ltac one := apply good_exp; cbn [Qnum Qden]; interval.
Ltac solve_tab := repeat (apply Forall_cons; [repeat (apply Forall_cons; [one|]); apply Forall_nil|]); apply Forall_nil.
