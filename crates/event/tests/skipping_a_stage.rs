//! A program that skips a stage of the road does not compile. Each file in `tests/ui` is such a program; beside it lies
//! what the compiler says.

#[test]
fn a_program_that_skips_a_stage_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
