using System.Globalization;
using Faultline.Litmus.Conditions;

namespace Faultline.Litmus.Verdicts;

/// <summary>
/// Prints verdicts as herd7 does. Two lines differ when a search was not complete and decided nothing: <c>?? Incomplete</c>
/// instead of <c>Ok</c> or <c>No</c> (herd's log tools read <c>??</c> as "don't know") and <c>Observation NAME Unknown</c>.
/// </summary>
public static class VerdictBlock
{
    /// <summary>Prints one block and the empty line after it.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="verdict">What.</param>
    public static void Write(TextWriter writer, Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(verdict);
        foreach (string line in Lines(verdict))
        {
            writer.Write(line);
            writer.Write('\n');
        }
    }

    private static IEnumerable<string> Lines(Verdict verdict)
    {
        string name = verdict.TestName;
        yield return $"Test {name} {Kind(verdict.Quantifier)}";
        yield return $"States {verdict.States.Count}";
        foreach (OutcomeState state in verdict.States.OrderBy(s => s.Line, StringComparer.Ordinal))
        {
            yield return state.Line;
        }

        yield return verdict.Answer == Answer.Incomplete ? "?? Incomplete" : verdict.Answer.ToString();
        yield return "Witnesses";
        (long positive, long negative) = Witnesses(verdict);
        yield return $"Positive: {positive} Negative: {negative}";
        yield return $"Condition {verdict.ConditionText}";
        yield return $"Observation {name} {verdict.Observation} {verdict.Positive} {verdict.Negative}";
        yield return string.Create(CultureInfo.InvariantCulture, $"Time {name} {verdict.Time.TotalSeconds:0.00}");
        yield return $"Hash={verdict.Hash}";
        yield return "";
    }

    private static string Kind(Quantifier quantifier) => quantifier switch
    {
        Quantifier.Exists => "Allowed",
        Quantifier.NotExists => "Forbidden",
        _ => "Required",
    };

    /// <summary>As in herd, the witnesses of <c>~exists</c> are the outcomes without the proposition; those of the others are with it.</summary>
    private static (long Positive, long Negative) Witnesses(Verdict verdict) => verdict.Quantifier == Quantifier.NotExists
        ? (verdict.Negative, verdict.Positive)
        : (verdict.Positive, verdict.Negative);
}
