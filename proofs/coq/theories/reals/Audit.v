(* The headline theorems on the real numbers: their statements, closed, and the axioms they rest on.

   What this file prints is compared with Audit.expected. *)
From Coq Require Import Reals.
From mathcomp Require Import all_ssreflect all_algebra.
From FA.core Require Import Network SignConcordance BackPropagation FrobeniusNorm RationalMatrices RationalNetwork SmoothCertificate.
From FA.reals Require Import Gradient ActivationBounds TanhTable TanhCertificate.
Set Printing Width 100. Unset Printing Implicit Defensive.
Open Scope ring_scope.

Check @pull_is_gradient. Print Assumptions pull_is_gradient.
Check @d2tanh_bound. Print Assumptions d2tanh_bound.
Check @d2atan_bound. Print Assumptions d2atan_bound.
Check @tanh_taylor2. Print Assumptions tanh_taylor2.
Check @tanh_certificate. Print Assumptions tanh_certificate.
