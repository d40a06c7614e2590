using System.Globalization;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Verdicts;

namespace Faultline.Real.Histograms;

/// <summary>A state at the end of rounds on a real kernel.</summary>
/// <param name="Line">Its state line.</param>
/// <param name="Count">In how many rounds it was seen.</param>
/// <param name="IsSatisfied">Whether it meets the condition for certain (<c>*</c> in the log).</param>
public sealed record SeenState(string Line, long Count, bool IsSatisfied);

/// <summary>What a C program of a test has printed: litmus7's block, with the lines around it that begin with <c>#</c>.</summary>
public sealed record Histogram
{
    /// <summary>The state line of a round that did not end.</summary>
    public const string HangLine = "hang=1;";

    /// <summary>Name of the test.</summary>
    public required string TestName { get; init; }

    /// <summary>What the condition asks for.</summary>
    public required Quantifier Quantifier { get; init; }

    /// <summary>The condition as it is printed, with its quantifier.</summary>
    public required string ConditionText { get; init; }

    /// <summary>Hash of the test.</summary>
    public required string Hash { get; init; }

    /// <summary>The states, each once.</summary>
    public required IReadOnlyList<SeenState> States { get; init; }

    /// <summary>Rounds that met the condition for certain.</summary>
    public required long Positive { get; init; }

    /// <summary>Rounds that did not meet it for certain. What is seen of a condition need not decide all rounds.</summary>
    public required long Negative { get; init; }

    /// <summary>Seconds that the rounds took.</summary>
    public required double Seconds { get; init; }

    /// <summary>Lines beginning with <c>#</c>, without it: what it ran on, failed calls, hangs. Each once.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>All rounds.</summary>
    public long Rounds => States.Sum(s => s.Count);

    /// <summary>How often the condition was met.</summary>
    public Observation Observation =>
        Positive > 0 && Negative > 0 ? Observation.Sometimes
        : Rounds > 0 && Positive == Rounds ? Observation.Always
        : Rounds > 0 && Negative == Rounds ? Observation.Never
        : Observation.Unknown;

    /// <summary>Whether the condition is satisfied, as far as this decides it.</summary>
    public Answer Answer => Quantifier switch
    {
        Quantifier.Forall => Negative > 0 ? Answer.No : Observation == Observation.Always ? Answer.Ok : Answer.Incomplete,
        _ when Positive == 0 && Observation != Observation.Never => Answer.Incomplete,
        Quantifier.Exists => Positive > 0 ? Answer.Ok : Answer.No,
        _ => Positive > 0 ? Answer.No : Answer.Ok,
    };

    /// <summary>Adds up the histograms of one test.</summary>
    /// <param name="parts">One or more, of equal <see cref="TestName"/> and <see cref="Hash"/>.</param>
    /// <exception cref="ArgumentException">They are of different tests.</exception>
    public static Histogram Sum(IReadOnlyList<Histogram> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Select(p => (p.TestName, p.Hash)).Distinct().Count() != 1)
        {
            throw new ArgumentException($"histograms of different tests: {string.Join(", ", parts.Select(p => $"{p.TestName} {p.Hash}").Distinct())}");
        }

        return parts[0] with
        {
            States =
            [
                .. parts.SelectMany(p => p.States).GroupBy(s => s.Line)
                    .Select(g => new SeenState(g.Key, g.Sum(s => s.Count), g.Any(s => s.IsSatisfied))).OrderBy(s => s.Line, StringComparer.Ordinal),
            ],
            Positive = parts.Sum(p => p.Positive),
            Negative = parts.Sum(p => p.Negative),
            Seconds = parts.Sum(p => p.Seconds),
            Notes = [.. parts.SelectMany(p => p.Notes).Distinct()],
        };
    }

    /// <summary>Prints it as the C programs do, so that <see cref="HistogramLog.Parse"/> and litmus7's tools read it.</summary>
    /// <param name="writer">Where to.</param>
    public void Write(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (string line in Lines())
        {
            writer.Write(line);
            writer.Write('\n');
        }
    }

    private IEnumerable<string> Lines()
    {
        foreach (string note in Notes)
        {
            yield return $"# {note}";
        }

        int width = Rounds.ToString(CultureInfo.InvariantCulture).Length;
        string kind = Quantifier switch
        {
            Quantifier.Exists => "Allowed",
            Quantifier.NotExists => "Forbidden",
            _ => "Required",
        };
        (long positive, long negative) = Quantifier == Quantifier.NotExists ? (Negative, Positive) : (Positive, Negative);
        yield return $"Test {TestName} {kind}";
        yield return $"Histogram ({States.Count} states)";
        foreach (SeenState state in States)
        {
            yield return $"{state.Count.ToString(CultureInfo.InvariantCulture).PadRight(width)}{(state.IsSatisfied ? '*' : ':')}>{state.Line}";
        }

        yield return Answer == Answer.Incomplete ? "?? Incomplete" : Answer.ToString();
        yield return "";
        yield return "Witnesses";
        yield return $"Positive: {positive}, Negative: {negative}";
        yield return $"Condition {ConditionText} {HistogramLog.Judgement(Answer)}";
        yield return $"Hash={Hash}";
        yield return $"Observation {TestName} {Observation} {Positive} {Negative}";
        yield return string.Create(CultureInfo.InvariantCulture, $"Time {TestName} {Seconds:0.00}");
        yield return "";
    }
}
