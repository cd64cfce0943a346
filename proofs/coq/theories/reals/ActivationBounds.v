(* tanh and arctan on the real numbers of Coq: derivatives, their bounds, and the remainder of second order. *)
From Coq Require Import Reals Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
Local Open Scope R_scope.

Ltac dsub H := match goal with |- context [Derive ?h ?z] => rewrite (is_derive_unique h z _ (H z)) end.

(* From |f''| <= c2 everywhere: f' is Lipschitz, and the remainder of second order is at most c2/2 d^2. *)
Section Taylor2.
Variables (f f1 f2 : R -> R) (c2 : R).
Hypothesis D1 : forall x, is_derive f x (f1 x).
Hypothesis D2 : forall x, is_derive f1 x (f2 x).
Hypothesis B2 : forall x, Rabs (f2 x) <= c2.

Lemma lip_f1 x y : Rabs (f1 y - f1 x) <= c2 * Rabs (y - x).
Proof.
  destruct (MVT_gen f1 x y f2) as [z [_ ->]].
  - intros; apply D2.
  - intros; apply continuity_pt_filterlim, (ex_derive_continuous f1); eexists; apply D2.
  - rewrite Rabs_mult; apply Rmult_le_compat_r; [apply Rabs_pos | apply B2].
Qed.

(* h : monotone comparison, for one side and one sign *)
Lemma rem_pos (g g1 g2 : R -> R) (c x d : R) :
  (forall t, is_derive g t (g1 t)) -> (forall t, is_derive g1 t (g2 t)) ->
  (forall t, g2 t <= c) -> 0 <= d ->
  g (x + d) - g x - g1 x * d <= c / 2 * d ^ 2.
Proof.
  intros G1 G2 Hc Hd.
  assert (S1 : forall s, 0 <= s -> g1 (x + s) - g1 x <= c * s).
  { intros s Hs; destruct (MVT_gen g1 x (x + s) g2) as [z [_ ->]].
    - intros; apply G2.
    - intros; apply continuity_pt_filterlim, (ex_derive_continuous g1); eexists; apply G2.
    - specialize (Hc z); nra. }
  set (h := fun s => c / 2 * s ^ 2 - (g (x + s) - g x - g1 x * s)).
  assert (Hh : forall s, is_derive h s (c * s - (g1 (x + s) - g1 x))).
  { intros s; unfold h; auto_derive.
    - eexists; apply G1.
    - dsub G1; field. }
  assert (H0 : h 0 <= h d).
  { destruct (MVT_gen h 0 d (fun s => c * s - (g1 (x + s) - g1 x))) as [z [Hz E]].
    - intros; apply Hh.
    - intros; apply continuity_pt_filterlim, (ex_derive_continuous h); eexists; apply Hh.
    - rewrite Rmin_left, Rmax_right in Hz by lra.
      specialize (S1 z (proj1 Hz)); nra. }
  unfold h in H0; replace (x + 0) with x in H0 by ring; nra.
Qed.

Theorem taylor2 x d : Rabs (f (x + d) - f x - f1 x * d) <= c2 / 2 * d ^ 2.
Proof.
  assert (N1 : forall t, is_derive (fun t => - f t) t (- f1 t)).
  { intros t; exact (is_derive_opp _ _ _ (D1 t)). }
  assert (N2 : forall t, is_derive (fun t => - f1 t) t (- f2 t)).
  { intros t; exact (is_derive_opp _ _ _ (D2 t)). }
  assert (Rev : forall (g g1 : R -> R), (forall t, is_derive g t (g1 t)) ->
            forall t, is_derive (fun t => g (- t)) t (- g1 (- t))).
  { intros g g1 G t; auto_derive.
    - eexists; apply G.
    - dsub G; ring. }
  assert (U : forall t, f2 t <= c2) by (intros t; specialize (B2 t); apply Rabs_le_between in B2; lra).
  assert (L : forall t, - f2 t <= c2) by (intros t; specialize (B2 t); apply Rabs_le_between in B2; lra).
  apply Rabs_le; split.
  - destruct (Rle_dec 0 d) as [Hd|Hd].
    + pose proof (rem_pos _ _ _ c2 x d N1 N2 L Hd); simpl in *; lra.
    + assert (M1 := Rev _ _ N1). assert (M2 : forall t, is_derive (fun t => - - f1 (- t)) t (- f2 (- t))).
      { intros t; auto_derive; [eexists; apply D2 | dsub D2; ring]. }
      pose proof (rem_pos _ _ _ c2 (- x) (- d) M1 M2 (fun t => L (- t)) ltac:(lra)) as H; simpl in H.
      replace (- (- x + - d)) with (x + d) in H by ring; rewrite !Ropp_involutive in H; simpl; nra.
  - destruct (Rle_dec 0 d) as [Hd|Hd].
    + pose proof (rem_pos _ _ _ c2 x d D1 D2 U Hd); simpl in *; lra.
    + assert (M1 := Rev _ _ D1). assert (M2 : forall t, is_derive (fun t => - f1 (- t)) t (f2 (- t))).
      { intros t; auto_derive; [eexists; apply D2 | dsub D2; ring]. }
      pose proof (rem_pos _ _ _ c2 (- x) (- d) M1 M2 (fun t => U (- t)) ltac:(lra)) as H; simpl in H.
      replace (- (- x + - d)) with (x + d) in H by ring; rewrite !Ropp_involutive in H; simpl; nra.
Qed.
End Taylor2.

Definition dtanh x := 1 - tanh x ^ 2.
Definition d2tanh x := - 2 * tanh x * (1 - tanh x ^ 2).
Lemma cosh_pos x : 0 < cosh x.
Proof. unfold cosh; pose proof (exp_pos x); pose proof (exp_pos (- x)); lra. Qed.
Lemma tanh_exp x : tanh x = 1 - 2 / (exp (2 * x) + 1).
Proof.
  unfold tanh, sinh, cosh; replace (2 * x) with (x + x) by ring; rewrite exp_plus, exp_Ropp.
  pose proof (exp_pos x); field; split; nra.
Qed.
Lemma tanh_bound x : -1 < tanh x < 1.
Proof.
  rewrite tanh_exp; pose proof (exp_pos (2 * x)).
  assert (0 < 2 / (exp (2 * x) + 1) < 2).
  { split; [apply Rdiv_lt_0_compat; lra | apply Rmult_lt_reg_r with (exp (2 * x) + 1); [lra|field_simplify; lra]]. }
  lra.
Qed.
Lemma is_derive_tanh x : is_derive tanh x (dtanh x).
Proof.
  apply is_derive_ext with (fun x => 1 - 2 / (exp (2 * x) + 1)).
  - intros; now rewrite tanh_exp.
  - unfold dtanh; rewrite tanh_exp; pose proof (exp_pos (2 * x)); auto_derive; [lra|field; lra].
Qed.
Lemma is_derive_dtanh x : is_derive dtanh x (d2tanh x).
Proof.
  unfold dtanh, d2tanh; auto_derive.
  - eexists; apply is_derive_tanh.
  - dsub is_derive_tanh; unfold dtanh; ring.
Qed.
Lemma dtanh_bound x : 0 < dtanh x <= 1.
Proof. unfold dtanh; pose proof (tanh_bound x); split; nra. Qed.
(* |tanh''| <= 4/(3 sqrt 3), attained where tanh^2 = 1/3. *)
Theorem d2tanh_bound x : Rabs (d2tanh x) <= 4 / (3 * sqrt 3).
Proof.
  pose proof (tanh_bound x) as H; unfold d2tanh; set (u := tanh x) in *.
  assert (S3 : 0 < sqrt 3) by (apply sqrt_lt_R0; lra).
  apply Rsqr_incr_0_var; [|apply Rlt_le, Rdiv_lt_0_compat; lra].
  rewrite <- Rsqr_abs.
  replace (Rsqr (4 / (3 * sqrt 3))) with (16 / 27).
  2:{ unfold Rsqr; replace (4 / (3 * sqrt 3) * (4 / (3 * sqrt 3))) with (16 / (9 * (sqrt 3 * sqrt 3))) by (field; lra).
      rewrite sqrt_sqrt by lra; field. }
  unfold Rsqr.
  assert (V : 0 <= u ^ 2 <= 1) by (split; nra).
  assert (E : 4 / 27 - u ^ 2 * (1 - u ^ 2) ^ 2 = (1 / 3 - u ^ 2) ^ 2 * (4 / 3 - u ^ 2)) by field.
  assert (P : 0 <= (1 / 3 - u ^ 2) ^ 2 * (4 / 3 - u ^ 2)) by (apply Rmult_le_pos; [apply pow2_ge_0|lra]).
  nra.
Qed.
Corollary c2_tanh_num x : Rabs (d2tanh x) <= 77 / 100.
Proof.
  eapply Rle_trans; [apply d2tanh_bound|].
  assert (S3 : 1732 / 1000 <= sqrt 3).
  { apply Rsqr_incr_0_var; [|apply sqrt_pos]; unfold Rsqr; rewrite sqrt_sqrt; lra. }
  apply Rmult_le_reg_r with (3 * sqrt 3); [lra|].
  replace (4 / (3 * sqrt 3) * (3 * sqrt 3)) with 4 by (field; lra); lra.
Qed.

Definition datan x := / (1 + x ^ 2).
Definition d2atan x := - 2 * x / (1 + x ^ 2) ^ 2.
Lemma is_derive_datan x : is_derive atan x (datan x).
Proof. unfold datan; auto_derive; [trivial | unfold Rsqr; field; nra]. Qed.
Lemma is_derive_d2atan x : is_derive datan x (d2atan x).
Proof. unfold datan, d2atan; auto_derive; [nra | field; nra]. Qed.
Lemma datan_bound x : 0 < datan x <= 1.
Proof.
  unfold datan; split; [apply Rinv_0_lt_compat; nra|].
  replace 1 with (/ 1) at 2 by apply Rinv_1; apply Rinv_le_contravar; nra.
Qed.
(* |arctan''| <= 3 sqrt 3 / 8. *)
Theorem d2atan_bound x : Rabs (d2atan x) <= 3 * sqrt 3 / 8.
Proof.
  assert (S3 : 0 < sqrt 3) by (apply sqrt_lt_R0; lra).
  apply Rsqr_incr_0_var; [|lra].
  rewrite <- Rsqr_abs; unfold Rsqr, d2atan.
  replace (3 * sqrt 3 / 8 * (3 * sqrt 3 / 8)) with (27 / 64).
  2:{ replace (3 * sqrt 3 / 8 * (3 * sqrt 3 / 8)) with (9 / 64 * (sqrt 3 * sqrt 3)) by field.
      rewrite sqrt_sqrt; lra. }
  set (v := x ^ 2). assert (V : 0 <= v) by (apply pow2_ge_0).
  replace (-2 * x / (1 + v) ^ 2 * (-2 * x / (1 + v) ^ 2)) with (4 * v / (1 + v) ^ 4) by (unfold v; field; nra).
  apply Rmult_le_reg_r with ((1 + v) ^ 4); [apply pow_lt; lra|].
  replace (4 * v / (1 + v) ^ 4 * (1 + v) ^ 4) with (4 * v) by (field; lra).
  assert (E : 27 * (1 + v) ^ 4 - 256 * v = (3 * v - 1) ^ 2 * (3 * v ^ 2 + 14 * v + 27)) by ring.
  assert (0 <= (3 * v - 1) ^ 2 * (3 * v ^ 2 + 14 * v + 27)) by (apply Rmult_le_pos; [apply pow2_ge_0|nra]).
  lra.
Qed.
(* The remainder of second order of tanh. *)
Theorem tanh_taylor2 x d :
  Rabs (tanh (x + d) - tanh x - dtanh x * d) <= 4 / (3 * sqrt 3) / 2 * d ^ 2.
Proof. exact (taylor2 tanh dtanh d2tanh _ is_derive_tanh is_derive_dtanh d2tanh_bound x d). Qed.
