(* The headline theorems of the core: their statements, closed, and the axioms they rest on.

   What this file prints is compared with Audit.expected. *)
From mathcomp Require Import all_ssreflect all_algebra.
From FA.core Require Import Network ErrorRecursion SecantKernel NeuronBracket Bootstrap RegularisedRecursion SignConcordance Descent.
From FA.core Require Import DeepStep FirstPhase Alignment BackPropagation.
From FA.core Require Import FrobeniusNorm PositiveSemidefinite NearIsometry RationalMatrices SmallestEigenvalue.
From FA.core Require Import RationalNetwork LinearContraction LinearCertificate SmoothContraction SmoothNetwork SmoothCertificate.
From FA.core Require Import IndexedSums.
Set Printing Width 100. Unset Printing Implicit Defensive.
Open Scope ring_scope.

Check @linear_error_recursion. Print Assumptions linear_error_recursion.
Check @secant_kernel. Print Assumptions secant_kernel.
Check @deep_exact_step. Print Assumptions deep_exact_step.
Check @deep_secant_kernel. Print Assumptions deep_secant_kernel.
Check @neuron_bracket. Print Assumptions neuron_bracket.
Check @bootstrap. Print Assumptions bootstrap.
Check @regularised_recursion. Print Assumptions regularised_recursion.
Check @first_phase. Print Assumptions first_phase.
Check @alignment_enclosure. Print Assumptions alignment_enclosure.
Check @backpropagation. Print Assumptions backpropagation.
Check @sign_concordance. Print Assumptions sign_concordance.
Check @single_output_descent. Print Assumptions single_output_descent.
Check @near_isometry. Print Assumptions near_isometry.
Check @psd_cert. Print Assumptions psd_cert.
Check @smallest_eigenvalue. Print Assumptions smallest_eigenvalue.
Check @linear_contraction_forever. Print Assumptions linear_contraction_forever.
Check @tube_step. Print Assumptions tube_step.
Check @linear_certificate. Print Assumptions linear_certificate.
Check @smooth_contraction_forever. Print Assumptions smooth_contraction_forever.
Check @smooth_link. Print Assumptions smooth_link.
Check @smooth_certificate. Print Assumptions smooth_certificate.
Check @eval_eq. Print Assumptions eval_eq.
