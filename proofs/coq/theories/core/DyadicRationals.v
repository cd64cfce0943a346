(* Sums of rational numbers without greatest common divisors where the denominators differ by a power of two.

   This file uses plain Coq, so that `ring` is the standard tactic. *)
From Coq Require Import ZArith QArith Qreduction Ring.

(* Both numbers without their common power of two. *)
Fixpoint strip2 (a b : positive) : positive * positive :=
  match a, b with xO a', xO b' => strip2 a' b' | _, _ => (a, b) end.
(* a + b, over the larger denominator if it is a power of two times the other. *)
Definition qplus (a b : Q) : Q :=
  match strip2 (Qden a) (Qden b) with
  | (xH, g) => Qmake (Z.add (Z.mul (Zpos g) (Qnum a)) (Qnum b)) (Qden b)
  | (g, xH) => Qmake (Z.add (Qnum a) (Z.mul (Zpos g) (Qnum b))) (Qden a)
  | (u, v) => if Pos.eqb u v then Qmake (Z.add (Qnum a) (Qnum b)) (Qden a)
              else Qred (Qplus a b)
  end.
Lemma strip2_spec a : forall b, exists c,
  (a = c * fst (strip2 a b) /\ b = c * snd (strip2 a b))%positive.
Proof.
  induction a as [a IH|a IH|]; intros [b|b|]; simpl;
    try (exists 1%positive; split; reflexivity).
  destruct (IH b) as [c [Ea Eb]]; exists (xO c); simpl.
  split; [now rewrite Ea at 1 | now rewrite Eb at 1].
Qed.
(* It is the sum. *)
Lemma qplusE a b : Qeq (qplus a b) (Qplus a b).
Proof.
  destruct a as [a p], b as [b q]; unfold qplus; simpl.
  destruct (strip2_spec p q) as [c [Ep Eq]].
  destruct (strip2 p q) as [u v]; simpl in Ep, Eq.
  assert (A1 : u = v -> Qeq (Qmake (Z.add a b) p) (Qplus (Qmake a p) (Qmake b q))).
  { intros ->; unfold Qeq, Qplus; simpl; rewrite Ep, Eq, !Pos2Z.inj_mul; ring. }
  assert (A2 : u = xH -> Qeq (Qmake (Z.add (Z.mul (Zpos v) a) b) q) (Qplus (Qmake a p) (Qmake b q))).
  { intros ->; unfold Qeq, Qplus; cbn -[Z.mul]; rewrite Ep, Eq, !Pos2Z.inj_mul; ring. }
  assert (A3 : v = xH -> Qeq (Qmake (Z.add a (Z.mul (Zpos u) b)) p) (Qplus (Qmake a p) (Qmake b q))).
  { intros ->; unfold Qeq, Qplus; cbn -[Z.mul]; rewrite Ep, Eq, !Pos2Z.inj_mul; ring. }
  assert (A4 : Qeq (if Pos.eqb u v then Qmake (Z.add a b) p else Qred (Qplus (Qmake a p) (Qmake b q)))
     (Qplus (Qmake a p) (Qmake b q))).
  { destruct (Pos.eqb_spec u v) as [E|_]; [now apply A1 | apply Qred_correct]. }
  destruct u as [u|u|]; destruct v as [v|v|]; solve [exact A4 | now apply A3 | now apply A2].
Qed.
