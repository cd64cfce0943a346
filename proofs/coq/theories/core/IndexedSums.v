(* A decision procedure for identities between indexed sums, for all sizes: the rule `combine` of the proof documents.

   A term is data: numbers, entries of tensors at indices, Kronecker deltas, powers of sizes, sums, products, powers and
   sums over an index. `zero_check` expands a term into monomials with bound indices, removes deltas and unused bound
   indices, and cancels monomials that differ by the names of bound indices; `eval_zero`: then its value is 0.
   Entries may be rewritten with equations that are proved elsewhere. *)
From Coq Require Import ZArith QArith.
From mathcomp Require Import all_ssreflect all_algebra.
From FA.core Require Import RationalMatrices.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Close Scope Q_scope. Delimit Scope Z_scope with zz. Delimit Scope Q_scope with qq. Local Open Scope ring_scope.

(* Variables are numbers: their places in the context. *)
Inductive term :=
  | Nat of nat | Frac of nat & nat | Rat of Q | At of nat & seq nat | Dl of nat & nat | Sz of nat & Z
  | Plus of term & term | Neg of term | Times of term & term | Pow of term & nat | Big of nat & term.

(* A value of P m as one of P n, if m = n. *)
Fixpoint cast (P : nat -> Type) (m n : nat) : P m -> option (P n) :=
  match m, n return P m -> option (P n) with
  | 0, 0 => Some
  | m'.+1, n'.+1 => @cast (fun k => P k.+1) m' n'
  | _, _ => fun=> None
  end.
Arguments cast : clear implicits.
Lemma cast_self P m (x : P m) : cast P m m x = Some x.
Proof. by elim: m P x => //= m IH P x; rewrite (IH (fun k => P k.+1)). Qed.
Lemma cast_inv P m n (x : P m) (y : P n) : cast P m n x = Some y -> exists e : m = n, ecast k (P k) e x = y.
Proof.
elim: m P n x y => [|m IH] P [|n] //= x y; first by case=> <-; exists erefl.
by case/(IH (fun k => P k.+1)) => e; case: _ / e y => y /= <-; exists erefl.
Qed.

(* Monomials: coefficient, exponents of the half sizes, sorts of the bound indices, factors. The factor (0, [i; j]) is
   a delta, (a + 1, l) the atom a at l. A label below the size of the context is free, the others are bound. *)
Definition factor : Type := nat * seq nat.
Record mono := Mono { mc : Q; msz : seq Z; mb : seq nat; mf : seq factor }.

(* The same monomial with bound index j in front; k is the size of the context. *)
Definition relabel (h : nat -> nat) (fs : seq factor) : seq factor := [seq (f.1, map h f.2) | f <- fs].
Definition front (k j : nat) (l : nat) : nat :=
  if (l < k)%N then l else if (l < k + j)%N then l.+1 else if l == (k + j)%N then k else l.
Definition to_front (k j : nat) (m : mono) : mono :=
  if (j < size (mb m))%N then
    Mono (mc m) (msz m) (nth 0%N (mb m) j :: take j (mb m) ++ drop j.+1 (mb m)) (relabel (front k j) (mf m))
  else m.
Fixpoint zadd (a b : seq Z) : seq Z :=
  match a, b with
  | [::], _ => b | _, [::] => a
  | x :: a', y :: b' => (x + y)%zz :: zadd a' b'
  end.
Definition zone (s : nat) (k : Z) : seq Z := ncons s Z0 [:: k].
(* Without its first bound index, if no factor has it. *)
Definition down (k l : nat) : nat := if (l < k)%N then l else l.-1.
Definition drop_front (k : nat) (m : mono) : mono :=
  if mb m is s :: ss then
    if has (fun f => k \in f.2) (mf m) then m
    else Mono (mc m) (zadd (msz m) (zone s 2)) ss (relabel (down k) (mf m))
  else m.
(* If the first factor is a delta of the first bound index k and another index i, of the same sort: k becomes i. *)
Definition collapse (ks : seq nat) (m : mono) : mono :=
  let k := size ks in
  match mb m, mf m with
  | s :: ss, (0%N, [:: i; j]) :: fs =>
      if (j == k) && (i != k) && (nth 0%N (ks ++ s :: ss) i == s) then
        Mono (mc m) (msz m) ss (relabel (fun l => if l == k then down k i else down k l) fs)
      else m
  | _, _ => m
  end.
(* Deals with the first factor: a delta is applied, another factor is put at the end. *)
Definition swap (m : mono) : mono :=
  if mf m is (0%N, [:: i; j]) :: fs then Mono (mc m) (msz m) (mb m) ((0%N, [:: j; i]) :: fs) else m.
Definition merge (m : mono) : mono :=
  if mf m is (0%N, [:: i; j]) :: fs then
    Mono (mc m) (msz m) (mb m) (rcons (relabel (fun l => if l == j then i else l) fs) (0%N, [:: i; j]))
  else m.
Definition step (ks : seq nat) (m : mono) : mono :=
  let k := size ks in
  match mf m with
  | (0%N, [:: i; j]) :: fs =>
      if i == j then Mono (mc m) (msz m) (mb m) fs
      else if (k <= j)%N then collapse ks (to_front k (j - k) m)
      else if (k <= i)%N then collapse ks (to_front k (i - k) (swap m))
      else if (i < j)%N then merge m else merge (swap m)
  | f :: fs => Mono (mc m) (msz m) (mb m) (rcons fs f)
  | [::] => m
  end.
Definition simplify (ks : seq nat) (m : mono) : mono :=
  foldl (fun m j => if has (fun f => (size ks + j)%N \in f.2) (mf m) then m
                    else drop_front (size ks) (to_front (size ks) j m))
    (iter (size (mf m)) (step ks) m) (rev (iota 0 (size (mb m)))).

(* A renaming of bound indices that may turn one list of factors into another: found here, checked in `agree`. *)
Fixpoint unify (k : nat) (l1 l2 : seq nat) (found : seq (nat * nat)) : option (seq (nat * nat)) :=
  match l1, l2 with
  | [::], [::] => Some found
  | x :: l1', y :: l2' =>
      if (x < k)%N || (y < k)%N then if x == y then unify k l1' l2' found else None
      else if [seq xy.2 | xy <- found & xy.1 == x] is z :: _ then
        if z == y then unify k l1' l2' found else None
      else if has (fun xy => xy.2 == y) found then None
      else unify k l1' l2' ((x, y) :: found)
  | _, _ => None
  end.
Fixpoint matching (k : nat) (fs gs : seq factor) (found : seq (nat * nat)) : option (seq (nat * nat)) :=
  if fs is f :: fs' then
    (fix look pre post :=
      if post is g :: post' then
        match (if f.1 == g.1 then unify k f.2 g.2 found else None) with
        | Some more =>
            match matching k fs' (catrev pre post') more with
            | Some all => Some all
            | None => look (g :: pre) post'
            end
        | None => look (g :: pre) post'
        end
      else None) [::] gs
  else if gs is [::] then Some found else None.
(* Which bound index to bring to the front, one after the other. *)
Fixpoint moves (cur wanted : seq nat) : seq nat :=
  if wanted is x :: rest then index x cur :: moves (x :: rem x cur) rest else [::].
Definition order (k size2 : nat) (found : seq (nat * nat)) (size1 : nat) : seq nat :=
  moves (iota 0 size1)
    [seq head 0%N [seq (xy.1 - k)%N | xy <- found & xy.2 == (k + p)%N] | p <- rev (iota 0 size2)].
Fixpoint same_sizes (a b : seq Z) : bool :=
  match a, b with
  | [::], _ => all (Z.eqb Z0) b
  | _, [::] => all (Z.eqb Z0) a
  | x :: a', y :: b' => Z.eqb x y && same_sizes a' b'
  end.
Definition mark (m : mono) : nat := sumn [seq f.1 | f <- mf m].
Definition agree (k : nat) (m1 m2 : mono) : bool :=
  if (size (mb m1) == size (mb m2)) && (mark m1 == mark m2) && same_sizes (msz m1) (msz m2) then
    if matching k (mf m1) (mf m2) [::] is Some found then
      let m := foldl (fun m j => to_front k j m) m1 (order k (size (mb m2)) found (size (mb m1))) in
      (mb m == mb m2) && perm_eq (mf m) (mf m2)
    else false
  else false.
Fixpoint insert (k : nat) (m : mono) (P : seq mono) : seq mono :=
  if P is m' :: P' then
    if agree k m m' then Mono (qadd (mc m) (mc m')) (msz m') (mb m') (mf m') :: P' else m' :: insert k m P'
  else [:: m].
Definition collect (ks : seq nat) (P : seq mono) : seq mono :=
  [seq m <- foldr (fun m => insert (size ks) (simplify ks m)) [::] P | ~~ Z.eqb (Qnum (mc m)) 0].

Definition mul (k : nat) (m1 m2 : mono) : mono :=
  Mono (qmul (mc m1) (mc m2)) (zadd (msz m1) (msz m2)) (mb m1 ++ mb m2)
    (relabel (fun l => if (l < k + size (mb m1))%N then l else (l + size (mb m2))%N) (mf m1) ++
     relabel (fun l => if (l < k)%N then l else (l + size (mb m1))%N) (mf m2)).
Definition number (q : Q) : mono := Mono q [::] [::] [::].
(* A monomial about g indices of the context and r others, at the indices l of a context of size k. *)
Definition at_places (g r k : nat) (l : seq nat) (m : mono) : mono :=
  Mono (mc m) (msz m) (mb m)
    (relabel (fun j => if (j < g)%N then j else if (j < g + r)%N then
                         let i := nth 0%N l (j - g) in if (i < k)%N then i else (i + size (mb m))%N
                       else (j - (g + r) + k)%N) (mf m)).
Definition known := seq (nat * (seq nat * seq mono)).
Fixpoint find_known (a : nat) (E : known) : option (seq nat * seq mono) :=
  if E is (b, x) :: E' then if a == b then Some x else find_known a E' else None.
Fixpoint expand (E : known) (g : nat) (ks : seq nat) (t : term) : seq mono :=
  match t with
  | Nat n => [:: number (Qmake (Z.of_nat n) 1)]
  | Frac a b => [:: number (Qmake (Z.of_nat a) (Pos.of_succ_nat b))]
  | Rat q => [:: number q]
  | At a l =>
      let here := [:: Mono (Qmake 1 1) [::] [::] [:: (a.+1, l)]] in
      if find_known a E is Some (ss, P) then
        if [seq nth 0%N ks i | i <- l] == ss then map (at_places g (size ss) (size ks) l) P else here
      else here
  | Dl i j => [:: Mono (Qmake 1 1) [::] [::] [:: (0%N, [:: i; j])]]
  | Sz s k => [:: Mono (Qmake 1 1) (zone s k) [::] [::]]
  | Plus a b => expand E g ks a ++ expand E g ks b
  | Neg a => map (mul (size ks) (number (Qmake (-1) 1))) (expand E g ks a)
  | Times a b => let B := expand E g ks b in flatten [seq map (mul (size ks) m) B | m <- expand E g ks a]
  | Pow a n => let A := expand E g ks a in
      iter n (fun P => flatten [seq map (mul (size ks) m) P | m <- A]) [:: number (Qmake 1 1)]
  | Big s a => [seq Mono (mc m) (msz m) (s :: mb m) (mf m) | m <- expand E g (rcons ks s) a]
  end.
(* Equations `atom a at indices of the sorts ss = t`; later ones may use earlier ones. *)
Definition equation := (nat * (seq nat * term))%type.
Fixpoint normal_forms (ks : seq nat) (rules : seq equation) (E : known) : known :=
  if rules is (a, (ss, t)) :: rules' then
    normal_forms ks rules' ((a, (ss, collect (ks ++ ss) (expand E (size ks) (ks ++ ss) t))) :: E)
  else E.
Definition zero_check (rules : seq equation) (ks : seq nat) (t : term) : bool :=
  nilp (collect ks (expand (normal_forms ks rules [::]) (size ks) ks t)).

Section Values.
Variables (R : rcfType) (dim : nat -> nat) (dim_gt0 : forall s, (0 < dim s)%N).

(* An index with its sort. *)
Inductive elem := Ix (s : nat) (i : 'I_(dim s)).
Definition sort_of (u : elem) := let: Ix s _ := u in s.
Definition u0 : elem := Ix (Ordinal (dim_gt0 0)).
Notation look us l := (nth u0 us l).

Fixpoint func (ss : seq nat) : Type := if ss is s :: ss' then 'I_(dim s) -> func ss' else R.
Record atom := Atom { arity : seq nat; body : func arity }.
Fixpoint app (ss : seq nat) : func ss -> seq elem -> R :=
  match ss with
  | [::] => fun x _ => x
  | s :: ss' => fun f us =>
      if us is Ix s' i :: us' then
        if cast (fun k => 'I_(dim k)) s' s i is Some j then @app ss' (f j) us' else 0
      else 0
  end.
Definition delta (u v : elem) : R :=
  let: Ix s i := u in let: Ix s' j := v in
  if cast (fun k => 'I_(dim k)) s s' i is Some i' then (i' == j)%:R else 0.
(* |s|^(k/2). *)
Definition half (s : nat) (k : Z) : R :=
  match k with
  | 2%zz => (dim s)%:R | (-2)%zz => (dim s)%:R^-1
  | 1%zz => Num.sqrt (dim s)%:R | (-1)%zz => (Num.sqrt (dim s)%:R)^-1
  | Z0 => 1 | Zpos q => Num.sqrt (dim s)%:R ^+ Pos.to_nat q | Zneg q => (Num.sqrt (dim s)%:R ^+ Pos.to_nat q)^-1
  end.

Variable atoms : seq atom.
Definition atom0 := @Atom [::] 0.
Definition value (a : nat) (us : seq elem) : R := app (body (nth atom0 atoms a)) us.

Fixpoint eval (us : seq elem) (t : term) : R :=
  match t with
  | Nat k => k%:R
  | Frac a b => a%:R / b.+1%:R
  | Rat q => QR R q
  | At a l => value a [seq look us i | i <- l]
  | Dl i j => delta (look us i) (look us j)
  | Sz s k => half s k
  | Plus a b => eval us a + eval us b
  | Neg a => - eval us a
  | Times a b => eval us a * eval us b
  | Pow a k => eval us a ^+ k
  | Big s a => \sum_(i < dim s) eval (rcons us (Ix i)) a
  end.

(* Sums over several indices. *)
Fixpoint total (ss : seq nat) (F : seq elem -> R) : R :=
  if ss is s :: ss' then \sum_(i < dim s) total ss' (fun us => F (Ix i :: us)) else F [::].

Lemma total_ext ss F G : (forall us, map sort_of us = ss -> F us = G us) -> total ss F = total ss G.
Proof.
elim: ss F G => [|s ss IH] F G E /=; first exact: E.
by apply: eq_bigr => i _; apply: IH => us Eus; apply: E; rewrite /= Eus.
Qed.
Lemma total_cat s1 s2 F : total (s1 ++ s2) F = total s1 (fun us => total s2 (fun vs => F (us ++ vs))).
Proof. by elim: s1 F => [|s s1 IH] F //=; apply: eq_bigr => i _; rewrite IH. Qed.
Lemma total_mull ss c F : c * total ss F = total ss (fun us => c * F us).
Proof. by elim: ss F => [|s ss IH] F //=; rewrite mulr_sumr; apply: eq_bigr => i _; rewrite IH. Qed.
Lemma total_mulr ss c F : total ss F * c = total ss (fun us => F us * c).
Proof. by rewrite mulrC total_mull; apply: total_ext => us _; rewrite mulrC. Qed.
Lemma total_sum ss (I : finType) (F : I -> seq elem -> R) :
  \sum_i total ss (F i) = total ss (fun us => \sum_i F i us).
Proof.
elim: ss F => [|s ss IH] F //=; rewrite exchange_big; apply: eq_bigr => i _.
exact: (IH (fun i' us => F i' (Ix i :: us))).
Qed.
Lemma total_mul s1 s2 F G :
  total s1 F * total s2 G = total (s1 ++ s2) (fun us => F (take (size s1) us) * G (drop (size s1) us)).
Proof.
rewrite total_cat total_mulr; apply: total_ext => us Eus; rewrite total_mull; apply: total_ext => vs _.
by rewrite -Eus size_map take_size_cat // drop_size_cat.
Qed.
Lemma total_front s1 s s2 F : total (s1 ++ s :: s2) F =
  total (s :: s1 ++ s2) (fun us => F (take (size s1) (behead us) ++ nth u0 us 0 :: drop (size s1) (behead us))).
Proof.
rewrite total_cat /=; under eq_bigr do rewrite total_cat.
rewrite total_sum; apply: total_ext => us Eus; rewrite /=; apply: eq_bigr => i _; apply: total_ext => vs _ /=.
by rewrite -Eus size_map take_size_cat // drop_size_cat.
Qed.
Lemma total_cons s ss F : total (s :: ss) F = \sum_(i < dim s) total ss (fun us => F (Ix i :: us)).
Proof. by []. Qed.
Arguments total : simpl never.

Definition fvalue (us : seq elem) (f : factor) : R :=
  let vs := [seq look us i | i <- f.2] in if f.1 is a.+1 then value a vs else delta (nth u0 vs 0) (nth u0 vs 1).
Fixpoint sizes (s : nat) (ks : seq Z) : R := if ks is k :: ks' then half s k * sizes s.+1 ks' else 1.
Definition rest (us : seq elem) (m : mono) : R :=
  sizes 0 (msz m) * total (mb m) (fun vs => \prod_(f <- mf m) fvalue (us ++ vs) f).
Definition mvalue (us : seq elem) (m : mono) : R := QR R (mc m) * rest us m.
Definition pvalue us (P : seq mono) : R := \sum_(m <- P) mvalue us m.
Lemma delta_same u : delta u u = 1.
Proof. by case: u => s i /=; rewrite cast_self eqxx. Qed.
Lemma delta_eq u v : delta u v != 0 -> u = v.
Proof.
case: u v => s i [s' j] /=; case E: (cast _ _ _ _) => [i'|]; last by rewrite eqxx.
case: (i' =P j) => [Ei _|_]; last by rewrite eqxx.
by rewrite -Ei; have [e <-] := cast_inv E; case: _ / e.
Qed.
Lemma delta_sym u v : delta u v = delta v u.
Proof.
have [/delta_eq ->|] := boolP (delta u v != 0); first by rewrite delta_same.
have [/delta_eq ->|] := boolP (delta v u != 0); first by rewrite delta_same.
by rewrite !negbK => /eqP -> /eqP ->.
Qed.
Lemma delta_sum s v (G : elem -> R) : sort_of v = s -> \sum_(i < dim s) delta v (Ix i) * G (Ix i) = G v.
Proof.
move=> <-; case: v => {}s i /=; rewrite (bigD1 i) //= cast_self eqxx mul1r big1 ?addr0 // => j.
by rewrite eq_sym => /negbTE E; rewrite E mul0r.
Qed.

Lemma relabel_in us vs h (fs : seq factor) : (forall f l, f \in fs -> l \in f.2 -> look us (h l) = look vs l) ->
  \prod_(f <- relabel h fs) fvalue us f = \prod_(f <- fs) fvalue vs f.
Proof.
move=> E; rewrite big_map; apply: eq_big_seq => -[a l] H; rewrite /fvalue /=.
suff -> : [seq look us i | i <- map h l] = [seq look vs i | i <- l] by [].
by rewrite -map_comp; apply/eq_in_map => i /= Hi; apply: E H Hi.
Qed.
Lemma relabel_ok us vs h (fs : seq factor) : (forall l, look us (h l) = look vs l) ->
  \prod_(f <- relabel h fs) fvalue us f = \prod_(f <- fs) fvalue vs f.
Proof. by move=> E; apply: relabel_in. Qed.
Lemma sort_look us l : sort_of (look us l) = nth 0%N (map sort_of us) l.
Proof.
have [lt|ge] := ltnP l (size us); first by rewrite (nth_map u0).
by rewrite !nth_default // ?size_map.
Qed.

Lemma look_shift us vs q : look (us ++ vs) (size us + q) = look vs q.
Proof. by rewrite nth_cat ltnNge leq_addr /= addKn. Qed.
Lemma to_front_rest us j m : rest us (to_front (size us) j m) = rest us m.
Proof.
rewrite /to_front; case: ltnP => // lt; rewrite /rest; congr (_ * _).
case: m lt => c z ss fs /= lt.
have Ess : ss = take j ss ++ nth 0%N ss j :: drop j.+1 ss by rewrite -drop_nth // cat_take_drop.
rewrite [in RHS]Ess total_front; apply: total_ext => vs.
have Ej : size (take j ss) = j by rewrite size_take lt.
case: vs => [//|v vs]; rewrite [behead _]/= [nth _ _ 0]/= Ej => -[Ev Evs].
have {lt} le : (j <= size vs)%N by rewrite -(size_map sort_of) Evs size_cat Ej leq_addr.
apply: relabel_ok => l; rewrite /front.
have [lt|] := ltnP l (size us); first by rewrite !nth_cat lt.
move=> /subnKC <-; move: (l - size us)%N => {l} q; rewrite ltn_add2l eqn_add2l.
rewrite [in RHS]look_shift [in RHS]nth_cat size_takel // -addnS.
have [lt|ge] := ltnP q j; first by rewrite look_shift /= nth_take.
case: eqP => [->|/eqP ne]; first by have := look_shift us (v :: vs) 0; rewrite addn0 subnn.
have lt : (j < q)%N by rewrite ltn_neqAle eq_sym ne ge.
case: q lt {ge ne} => // q; rewrite ltnS => le'; rewrite look_shift subSn //= nth_drop subnKC //.
Qed.

Definition zpow (x : R) (k : Z) : R :=
  match k with Z0 => 1 | Zpos q => x ^+ Pos.to_nat q | Zneg q => (x ^+ Pos.to_nat q)^-1 end.
Lemma zpow_succ x k : x != 0 -> zpow x (Z.succ k) = x * zpow x k.
Proof.
move=> nz; case: k => [|q|q] /=; first by rewrite expr1 mulr1.
  by rewrite Pos.add_1_r Pos2Nat.inj_succ exprS.
elim/Pos.peano_ind: q => [|q _] /=; first by rewrite expr1 divff.
rewrite Pos2Nat.inj_succ exprS invfM mulrA divff // mul1r.
by have -> : Z.pos_sub 1 (Pos.succ q) = Zneg q by rewrite Z.pos_sub_lt ?Pos.sub_1_r ?Pos.pred_succ //; apply: Pos.lt_1_succ.
Qed.
Lemma zpow_add x a b : x != 0 -> zpow x (a + b)%zz = zpow x a * zpow x b.
Proof.
move=> nz; elim/Z.peano_ind: a => [|a IH|a IH]; first by rewrite mul1r.
  by rewrite Z.add_succ_l !zpow_succ // IH mulrA.
apply: (mulfI nz); rewrite mulrA -!zpow_succ // Z.add_pred_l !Z.succ_pred.
by [].
Qed.
Lemma root_neq0 s : Num.sqrt (dim s)%:R != 0 :> R.
Proof. by rewrite gt_eqF // sqrtr_gt0 ltr0n. Qed.
Lemma halfE s k : half s k = zpow (Num.sqrt (dim s)%:R) k.
Proof.
have E : Num.sqrt (dim s)%:R ^+ 2 = (dim s)%:R :> R by rewrite sqr_sqrtr // ler0n.
case: k => [|[q|[q|q|]|]|[q|[q|q|]|]] //=; by rewrite ?E ?expr1.
Qed.
Lemma half_add s a b : half s (a + b)%zz = half s a * half s b.
Proof. by rewrite !halfE zpow_add // root_neq0. Qed.
Lemma sizes_add s a b : sizes s (zadd a b) = sizes s a * sizes s b.
Proof.
elim: a b s => [|x a IH] [|y b] s //=; rewrite ?mul1r ?mulr1 //.
by rewrite half_add IH mulrACA.
Qed.
Lemma sizes_one s t k : sizes s (zone t k) = half (s + t) k.
Proof. by elim: t s => [|t IH] s /=; rewrite ?addn0 ?mulr1 // IH mul1r addSnnS. Qed.
Lemma Zeqb a b : Z.eqb a b -> a = b. Proof. exact: (proj1 (Z.eqb_eq a b)). Qed.
Lemma same_sizes_ok s a b : same_sizes a b -> sizes s a = sizes s b.
Proof.
have zero z : forall s, all (Z.eqb Z0) z -> sizes s z = 1.
  by elim: z => // x z IH s' /andP[/Zeqb <- /IH E] /=; rewrite E mulr1.
elim: a b s => [|x a IH] [|y b] s // H; [by rewrite (zero (y :: b)) | by rewrite (zero (x :: a)) |].
by case/andP: H => /Zeqb -> /IH E /=; rewrite E.
Qed.

Lemma to_front_ok us j m : mvalue us (to_front (size us) j m) = mvalue us m.
Proof. by rewrite /mvalue to_front_rest /to_front; case: ifP. Qed.
Lemma look_down us u vs l : l != size us -> look (us ++ vs) (down (size us) l) = look (us ++ u :: vs) l.
Proof.
move=> ne; rewrite /down; case: ltnP => [lt|ge]; first by rewrite !nth_cat lt.
have lt : (size us < l)%N by rewrite ltn_neqAle eq_sym ne ge.
case: l lt {ge ne} => // l; rewrite ltnS => le /=; rewrite !nth_cat !ltnNge le (leqW le) /= subSn //.
Qed.
Lemma drop_front_ok us m : mvalue us (drop_front (size us) m) = mvalue us m.
Proof.
rewrite /drop_front; case: m => c z [|s ss] fs //=; case: ifP => // /negbT no.
rewrite /mvalue /rest /= sizes_add sizes_one add0n; congr (_ * _); rewrite -mulrA; congr (_ * _).
rewrite total_cons (eq_bigr (fun=> total ss (fun vs => \prod_(f <- relabel (down (size us)) fs) fvalue (us ++ vs) f))).
  by rewrite sumr_const card_ord -mulr_natl.
move=> i _; apply: total_ext => vs _; apply/esym/relabel_in => f l Hf Hl; apply: look_down.
by apply/negP => /eqP E; case/negP: no; apply/hasP; exists f => //; rewrite -E.
Qed.
Lemma collapse_ok us m : mvalue us (collapse (map sort_of us) m) = mvalue us m.
Proof.
case: m => c z [|s ss] [|[[|a] [|i [|j [|x l]]]] fs] //; rewrite /collapse /= size_map.
case: ifP => // /andP[/andP[/eqP -> ne] /eqP Es].
rewrite /mvalue /rest /=; congr (_ * (_ * _)); rewrite total_cons total_sum; apply: total_ext => vs Evs.
pose v := look (us ++ vs) (down (size us) i).
have Ev x : look (us ++ x :: vs) i = v by rewrite /v (look_down x).
have Sv : sort_of v = s.
  by rewrite -(Ev (Ix (Ordinal (dim_gt0 s)))) sort_look map_cat /= Evs.
transitivity (\prod_(f <- fs) fvalue (us ++ v :: vs) f).
  apply: relabel_ok => l; case: eqP => [->|/eqP nl]; last exact: look_down.
  by have := look_shift us (v :: vs) 0; rewrite addn0 => ->.
rewrite -(delta_sum (fun u => \prod_(f <- fs) fvalue (us ++ u :: vs) f) Sv).
apply: eq_bigr => x _; rewrite big_cons /fvalue /= Ev; congr (delta _ _ * _).
by have := look_shift us (Ix x :: vs) 0; rewrite addn0 => ->.
Qed.
Lemma swap_ok us m : mvalue us (swap m) = mvalue us m.
Proof.
case: m => c z ss [|[[|a] [|i [|j [|x l]]]] fs] //; rewrite /mvalue /rest /=; congr (_ * (_ * _)).
by apply: total_ext => vs _; rewrite !big_cons /fvalue /= delta_sym.
Qed.
Lemma rotate_ok us c z ss f fs : mvalue us (Mono c z ss (rcons fs f)) = mvalue us (Mono c z ss (f :: fs)).
Proof.
rewrite /mvalue /rest /=; congr (_ * (_ * _)); apply: total_ext => vs _.
by rewrite -cats1 big_cat big_seq1 big_cons mulrC.
Qed.
Lemma merge_ok us m : mvalue us (merge m) = mvalue us m.
Proof.
case: m => c z ss [|[[|a] [|i [|j [|x l]]]] fs] //; rewrite /merge /= rotate_ok.
rewrite /mvalue /rest /=; congr (_ * (_ * _)); apply: total_ext => vs _; rewrite !big_cons.
have [E|/delta_eq E] := eqVneq (delta (look (us ++ vs) i) (look (us ++ vs) j)) 0; last first.
  by congr (_ * _); apply: relabel_ok => l; case: eqP => // ->.
by rewrite ![fvalue _ (0%N, _)]/fvalue /= E !mul0r.
Qed.
Lemma step_ok us m : mvalue us (step (map sort_of us) m) = mvalue us m.
Proof.
case: m => c z ss [|[[|a] [|i [|j [|x l]]]] fs] //; rewrite /step; try exact: rotate_ok.
rewrite [mf _]/= size_map; case: eqP => [->|_].
  rewrite /mvalue /rest /=; congr (_ * (_ * _)); apply: total_ext => vs _.
  by rewrite big_cons {2}/fvalue /= delta_same mul1r.
case: ifP => _; first by rewrite collapse_ok to_front_ok.
case: ifP => _; first by rewrite collapse_ok to_front_ok swap_ok.
by case: ifP => _; rewrite merge_ok ?swap_ok.
Qed.
Lemma simplify_ok us m : mvalue us (simplify (map sort_of us) m) = mvalue us m.
Proof.
rewrite /simplify size_map.
have iter_ok n : mvalue us (iter n (step (map sort_of us)) m) = mvalue us m.
  by elim: n => //= n IH; rewrite step_ok.
rewrite -(iter_ok (size (mf m))); move: (iter _ _ _) (rev _) => {iter_ok} {}m js.
elim: js m => //= j js IH m; rewrite IH; case: ifP => // _.
by rewrite drop_front_ok to_front_ok.
Qed.

Lemma agree_ok us m1 m2 : agree (size us) m1 m2 -> rest us m1 = rest us m2.
Proof.
rewrite /agree; case: ifP => // /andP[_ Ez]; case: matching => // found.
move: (order _ _ _ _) => js.
have [-> E] : rest us m1 = rest us (foldl (fun m j => to_front (size us) j m) m1 js) /\
    msz m1 = msz (foldl (fun m j => to_front (size us) j m) m1 js).
  elim: js m1 {Ez} => //= j js IH m1; have [<- <-] := IH (to_front (size us) j m1).
  by rewrite to_front_rest; split=> //; rewrite /to_front; case: ifP.
move: Ez; rewrite E; move: (foldl _ _ _) {E} => m Ez /andP[/eqP Eb Ef].
rewrite /rest (same_sizes_ok 0 Ez) Eb; congr (_ * _); apply: total_ext => vs _.
exact: perm_big.
Qed.
Lemma insert_ok us m P : pvalue us (insert (size us) m P) = mvalue us m + pvalue us P.
Proof.
elim: P => [|m' P IH] /=; first by rewrite /pvalue big_seq1 big_nil addr0.
case: ifP => [/agree_ok E|_]; last by rewrite /pvalue !big_cons -/(pvalue _ _) IH addrCA.
by rewrite /pvalue !big_cons addrA; congr (_ + _); rewrite /mvalue QRadd E -mulrDl.
Qed.
Lemma collect_ok us P : pvalue us (collect (map sort_of us) P) = pvalue us P.
Proof.
rewrite /collect size_map /pvalue big_filter -/(pvalue _ _).
have -> : pvalue us P = pvalue us (foldr (fun m => insert (size us) (simplify (map sort_of us) m)) [::] P).
  elim: P => //= m P IH; rewrite insert_ok -IH simplify_ok /pvalue big_cons //.
rewrite /pvalue big_mkcond; apply: eq_bigr => m _; case: ifP => // /negbFE /Zeqb E.
by rewrite /mvalue /QR E /= !mul0r.
Qed.

Lemma mul_ok us m1 m2 : mvalue us (mul (size us) m1 m2) = mvalue us m1 * mvalue us m2.
Proof.
rewrite /mvalue /rest /= QRmul sizes_add [in RHS]mulrACA; congr (_ * _); rewrite [in RHS]mulrACA; congr (_ * _).
rewrite total_mul; apply: total_ext => ws Ews; rewrite big_cat.
have := congr1 (fun l => (size l)) Ews; rewrite size_map size_cat => Es.
have E1 : size (take (size (mb m1)) ws) = size (mb m1) by rewrite size_takel // Es leq_addr.
have E2 : size (drop (size (mb m1)) ws) = size (mb m2) by rewrite size_drop Es addKn.
rewrite -{1 2}(cat_take_drop (size (mb m1)) ws); move: (take _ _) (drop _ _) E1 E2 => u1 u2 <- <-.
congr (_ * _); apply: relabel_ok => l; case: ltnP => lt.
- by rewrite catA nth_cat size_cat lt.
- by rewrite !nth_default // ?size_cat ?addnA ?leq_add2r // size_cat.
- by rewrite !nth_cat lt.
by rewrite -(subnKC lt) -addnA !look_shift addnC look_shift.
Qed.
Lemma QR_nat n : QR R (Qmake (Z.of_nat n) 1) = n%:R.
Proof.
rewrite /QR /= divr1; case: n => //= n.
by elim: n => //= n IH; rewrite PR_succ IH -[in RHS]addn1 natrD.
Qed.
Lemma QR_frac a b : QR R (Qmake (Z.of_nat a) (Pos.of_succ_nat b)) = a%:R / b.+1%:R.
Proof.
by rewrite -!QR_nat /QR /= !divr1.
Qed.
Lemma number_ok us q : mvalue us (number q) = QR R q.
Proof. by rewrite /mvalue /rest /total /= big_nil !mulr1. Qed.
Lemma scale_ok us m P : pvalue us (map (mul (size us) m) P) = mvalue us m * pvalue us P.
Proof. by rewrite /pvalue big_map mulr_sumr; apply: eq_bigr => m' _; rewrite mul_ok. Qed.
Lemma product_ok us P1 P2 :
  pvalue us (flatten [seq map (mul (size us) m) P2 | m <- P1]) = pvalue us P1 * pvalue us P2.
Proof.
by rewrite /pvalue big_flatten big_map mulr_suml; apply: eq_bigr => m _; apply: scale_ok.
Qed.

Section Context.
Variable context : seq elem.
Notation g := (size context).
Lemma at_places_ok ws l m : let us := context ++ ws in
  mvalue us (at_places g (size l) (size us) l m) = mvalue (context ++ [seq look us i | i <- l]) m.
Proof.
move=> us; rewrite /mvalue /rest /=; congr (_ * (_ * _)); apply: total_ext => vs Evs.
apply: relabel_ok => j; rewrite -[in RHS]catA [in RHS]nth_cat; case: ltnP => lt.
  by rewrite -catA nth_cat lt.
rewrite -(subnKC lt) ltn_add2l addKn; move: (j - g)%N => {lt} q.
rewrite [in RHS]nth_cat size_map; case: ltnP => lt.
  rewrite (nth_map 0%N) //; case: ltnP => lt'; first by rewrite nth_cat lt'.
  by rewrite [RHS]nth_default // [LHS]nth_default // size_cat -(size_map sort_of vs) Evs leq_add2r.
by rewrite subnDl addnC look_shift.
Qed.

Definition known_ok (E : known) := forall a ss P, find_known a E = Some (ss, P) ->
  forall vs, map sort_of vs = ss -> value a vs = pvalue (context ++ vs) P.
Lemma expand_ok E ws t : known_ok E -> let us := context ++ ws in
  pvalue us (expand E g (map sort_of us) t) = eval us t.
Proof.
move=> ok; elim: t ws => [n|a b|q|a l|i j|s k|a IHa b IHb|a IHa|a IHa b IHb|a IHa n|s a IHa] ws us /=.
- by rewrite /pvalue big_seq1 number_ok QR_nat.
- by rewrite /pvalue big_seq1 number_ok QR_frac.
- by rewrite /pvalue big_seq1 number_ok.
- have here : pvalue us [:: Mono (Qmake 1 1) [::] [::] [:: (a.+1, l)]] = value a [seq look us i | i <- l].
    by rewrite /pvalue big_seq1 /mvalue /rest QR1 !mul1r /total /= big_seq1 cats0.
  case Ea: (find_known a E) => [[ss P]|] //; case: eqP => // El.
  have Es : map sort_of [seq look us i | i <- l] = ss.
    by rewrite -El -map_comp; apply: eq_map => i /=; rewrite sort_look.
  rewrite (ok _ _ _ Ea _ Es) size_map -El size_map /pvalue big_map; apply: eq_bigr => m _.
  exact: at_places_ok.
- by rewrite /pvalue big_seq1 /mvalue /rest QR1 !mul1r /total /= big_seq1 cats0.
- by rewrite /pvalue big_seq1 /mvalue /rest QR1 mul1r /total /= big_nil mulr1 sizes_one.
- by rewrite /pvalue big_cat /= -!/(pvalue _ _) IHa IHb.
- by rewrite size_map scale_ok number_ok IHa -mulN1r; congr (_ * _); rewrite /QR /= divr1.
- by rewrite size_map product_ok IHa IHb.
- rewrite size_map; elim: n => [|n IHn]; first by rewrite /pvalue big_seq1 number_ok QR1 expr0.
  by rewrite iterS product_ok IHa IHn exprS.
rewrite /pvalue big_map.
transitivity (\sum_(i < dim s) pvalue (rcons us (Ix i)) (expand E g (rcons (map sort_of us) s) a)).
  rewrite /pvalue exchange_big /=; apply: eq_bigr => m _.
  rewrite /mvalue /rest -mulr_sumr; congr (_ * _); rewrite -mulr_sumr; congr (_ * _).
  by rewrite total_cons; apply: eq_bigr => i _; apply: total_ext => vs _; apply: eq_bigr => f _; rewrite cat_rcons.
apply: eq_bigr => i _; have E' : context ++ rcons ws (Ix i) = rcons us (Ix i) by rewrite -rcons_cat.
by have := IHa (rcons ws (Ix i)); cbv zeta; rewrite E' map_rcons.
Qed.

(* A statement about all indices of some sorts. *)
Fixpoint for_all (ss : seq nat) (P : seq elem -> Prop) : Prop :=
  if ss is s :: ss' then forall i, for_all ss' (fun us => P (@Ix s i :: us)) else P [::].
Lemma for_allE ss P us : for_all ss P -> map sort_of us = ss -> P us.
Proof.
elim: us ss P => [|[s i] us IH] [|s' ss] P //= H [Es Eus].
by case: _ / Es H => H; apply: (IH _ (fun us => P (Ix i :: us)) (H i) Eus).
Qed.
Fixpoint rules_ok (rules : seq equation) : Prop :=
  if rules is (a, (ss, t)) :: rules' then
    for_all ss (fun us => value a us = eval (context ++ us) t) /\ rules_ok rules'
  else True.
Lemma normal_forms_ok rules E : rules_ok rules -> known_ok E -> known_ok (normal_forms (map sort_of context) rules E).
Proof.
elim: rules E => //= -[a [ss t]] rules IH E [ok oks] okE; apply: IH oks _.
move=> b ss' P /=; case: eqP => [-> [<- <-] vs Evs|_]; last exact: okE.
by rewrite -Evs -map_cat collect_ok size_map (expand_ok _ _ okE) (for_allE ok Evs).
Qed.
Theorem eval_zero rules t : rules_ok rules -> zero_check rules (map sort_of context) t -> eval context t = 0.
Proof.
move=> ok /nilP E; have := expand_ok [::] t (normal_forms_ok ok (E := [::]) (fun _ _ _ H => ltac:(discriminate H))).
rewrite cats0 => <-; rewrite -collect_ok; move: E; rewrite /zero_check size_map => ->.
by rewrite /pvalue big_nil.
Qed.
(* Two terms are equal, after rewriting. *)
Theorem eval_eq rules l r :
  rules_ok rules -> zero_check rules (map sort_of context) (Plus l (Neg r)) -> eval context l = eval context r.
Proof. by move=> ok H; apply/eqP; rewrite -subr_eq0; apply/eqP; apply: (eval_zero ok H). Qed.
End Context.
End Values.
