using Faultline.Litmus.Conditions;
using Faultline.Litmus.Verdicts;

namespace Faultline.Litmus.Tests;

public class VerdictTests
{
    private static readonly Verdict Sometimes = new(
        "generic-437",
        Quantifier.Exists,
        "exists (1:r0=1 /\\ A[0]=1)",
        [new OutcomeState("1:r0=7; A[0]=1;", 2, false), new OutcomeState("1:r0=1; A[0]=1;", 1, true)],
        Positive: 1,
        Negative: 3,
        TimeSpan.FromMilliseconds(12),
        "0123456789abcdef0123456789abcdef",
        IsComplete: true);

    [Fact]
    public void Block_is_herds() => Assert.Equal(
        """
        Test generic-437 Allowed
        States 2
        1:r0=1; A[0]=1;
        1:r0=7; A[0]=1;
        Ok
        Witnesses
        Positive: 1 Negative: 3
        Condition exists (1:r0=1 /\ A[0]=1)
        Observation generic-437 Sometimes 1 3
        Time generic-437 0.01
        Hash=0123456789abcdef0123456789abcdef


        """,
        Print(Sometimes));

    [Fact]
    public void Witnesses_of_a_forbidden_outcome_are_swapped_as_in_herd() => Assert.Equal(
        """
        Test generic-437 Forbidden
        States 2
        1:r0=1; A[0]=1;
        1:r0=7; A[0]=1;
        No
        Witnesses
        Positive: 3 Negative: 1
        Condition ~exists (1:r0=1)
        Observation generic-437 Sometimes 1 3
        Time generic-437 61.00
        Hash=0123456789abcdef0123456789abcdef


        """,
        Print(Sometimes with
        {
            Quantifier = Quantifier.NotExists,
            ConditionText = "~exists (1:r0=1)",
            Time = TimeSpan.FromSeconds(61),
        }));

    [Theory]
    [InlineData(Quantifier.Exists, 0, 2, true, "Allowed", "No", "Never")]
    [InlineData(Quantifier.Exists, 0, 0, true, "Allowed", "No", "Never")]
    [InlineData(Quantifier.Exists, 2, 0, true, "Allowed", "Ok", "Always")]
    [InlineData(Quantifier.Exists, 0, 2, false, "Allowed", "?? Incomplete", "Unknown")]
    [InlineData(Quantifier.Exists, 2, 0, false, "Allowed", "Ok", "Unknown")]
    [InlineData(Quantifier.Exists, 2, 1, false, "Allowed", "Ok", "Sometimes")]
    [InlineData(Quantifier.NotExists, 0, 2, true, "Forbidden", "Ok", "Never")]
    [InlineData(Quantifier.NotExists, 0, 2, false, "Forbidden", "?? Incomplete", "Unknown")]
    [InlineData(Quantifier.NotExists, 1, 2, false, "Forbidden", "No", "Sometimes")]
    [InlineData(Quantifier.NotExists, 1, 0, false, "Forbidden", "No", "Unknown")]
    [InlineData(Quantifier.Forall, 2, 0, true, "Required", "Ok", "Always")]
    [InlineData(Quantifier.Forall, 2, 0, false, "Required", "?? Incomplete", "Unknown")]
    [InlineData(Quantifier.Forall, 2, 1, false, "Required", "No", "Sometimes")]
    [InlineData(Quantifier.Forall, 0, 1, false, "Required", "No", "Unknown")]
    [InlineData(Quantifier.Forall, 0, 0, false, "Required", "?? Incomplete", "Unknown")]
    public void An_incomplete_search_claims_only_what_it_saw(
        Quantifier quantifier, long positive, long negative, bool isComplete, string kind, string answer, string observation)
    {
        Verdict verdict = Sometimes with
        {
            Quantifier = quantifier,
            Positive = positive,
            Negative = negative,
            IsComplete = isComplete,
            States = [],
        };

        string[] lines = Print(verdict).Split('\n');

        Assert.Equal($"Test generic-437 {kind}", lines[0]);
        Assert.Equal("States 0", lines[1]);
        Assert.Equal(answer, lines[2]);
        Assert.Equal($"Observation generic-437 {observation} {positive} {negative}", lines[6]);
    }

    private static string Print(Verdict verdict)
    {
        StringWriter writer = new();
        VerdictBlock.Write(writer, verdict);
        return writer.ToString();
    }
}
