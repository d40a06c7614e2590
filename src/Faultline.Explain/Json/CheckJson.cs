using System.Text.Json;
using Faultline.Engine.Search;
using Faultline.Engine.Witnesses;
using Faultline.Explain.Stories;
using Faultline.Litmus.Checking;

namespace Faultline.Explain.Json;

/// <summary>Writes checks as JSON. The schema is <see cref="CheckDocument"/>, its members in camel case.</summary>
public static class CheckJson
{
    /// <summary>Version of the schema.</summary>
    public const int SchemaVersion = 1;

    /// <summary>Writes one document.</summary>
    /// <param name="output">Where to, as UTF-8.</param>
    /// <param name="results">The checks.</param>
    /// <param name="notRun">What could not be checked; null: nothing.</param>
    public static void Write(Stream output, IReadOnlyList<CheckResult> results, IReadOnlyList<NotRun>? notRun = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(results);
        JsonSerializer.Serialize(output, Document(results, notRun), ReadableJson.Context.CheckDocument);
        output.WriteByte((byte)'\n');
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="input">UTF-8.</param>
    /// <exception cref="JsonException">Not such a document.</exception>
    public static CheckDocument Read(Stream input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return JsonSerializer.Deserialize(input, ReadableJson.Context.CheckDocument) ?? throw new JsonException("an empty document");
    }

    /// <summary>The document of some checks.</summary>
    /// <param name="results">The checks.</param>
    /// <param name="notRun">What could not be checked; null: nothing.</param>
    public static CheckDocument Document(IReadOnlyList<CheckResult> results, IReadOnlyList<NotRun>? notRun = null) =>
        new(SchemaVersion, [.. results.Select(Entry)], [.. (notRun ?? []).Select(NotRunOf)]);

    private static NotRunEntry NotRunOf(NotRun not) => new(
        not.File.Test!.Name, not.File.Path, not.Kernel.Name, ModelNames.Of(not.Filesystem), [.. not.Reasons.Select(r => r.ToString())]);

    private static CheckEntry Entry(CheckResult result)
    {
        Finding? condition = result.Findings.FirstOrDefault(f => f.Violation is null);
        return new CheckEntry(
            result.Test.Name,
            result.Test.Path,
            result.Verdict.Hash,
            result.Machine.Version.Name,
            ModelNames.Of(result.Machine.Filesystem),
            result.Verdict.ConditionText,
            result.Verdict.Answer.ToString(),
            result.Verdict.Observation.ToString(),
            result.Verdict.Positive,
            result.Verdict.Negative,
            [.. result.Verdict.States.OrderBy(s => s.Line, StringComparer.Ordinal).Select(s => new StateEntry(s.Line, s.Count, s.IsSatisfied))],
            [.. result.Findings.Where(f => f.Violation is not null).Select(f => Violation(result, f))],
            condition is null ? null : Witness(result, condition),
            Search(result),
            result.Expected is { } known ? new ExpectedEntry(known.Observation.ToString(), known.Violations) : null,
            result.IsAsExpected,
            result.Search.Complete && result.ReferenceOutcomes is not null,
            result.ExitCode);
    }

    private static ViolationEntry Violation(CheckResult result, Finding finding)
    {
        Story story = StoryBuilder.Build(result, finding);
        return new ViolationEntry(
            finding.Name,
            finding.Violation!.Value.Kind.ToString(),
            story.Headline,
            Witness(result, finding),
            story.Cycle is null ? null : [.. story.Cycle.Edges.Select(Edge)]);
    }

    private static LockOrderEntry Edge(CycleEdge edge) => new(
        edge.Held,
        edge.Taken,
        edge.IsDocumented,
        edge.Text,
        edge.Schedule,
        edge.Outer is null ? null : Stack(edge.Outer),
        edge.Inner is null ? null : Stack(edge.Inner));

    private static SearchEntry Search(CheckResult result)
    {
        SearchResult search = result.Search;
        return new SearchEntry(
            search.States,
            search.Transitions,
            search.EndStates,
            search.MaxDepth,
            Math.Round(search.Elapsed.TotalSeconds, 6),
            search.VisitedBytes,
            search.CollisionProbability,
            result.ReferenceOutcomes,
            search.Complete ? null : search.StoppedBy ?? "a bound",
            result.SameAs,
            Coverage(search.Coverage),
            search.StatesStoodFor);
    }

    private static CoverageEntry? Coverage(Coverage? coverage) => coverage switch
    {
        null => null,
        PreemptionCoverage bounded => new CoverageEntry(bounded.Strategy, bounded.Explored, null, null, null, null),
        SampleCoverage sample => new CoverageEntry(
            sample.Strategy, null, sample.Seed, sample.Schedules, sample.Abandoned, sample.Abandoned == 0 ? sample.Pct?.Missed : null),
        _ => throw new ArgumentOutOfRangeException(nameof(coverage)),
    };

    private static WitnessEntry? Witness(CheckResult result, Finding finding)
    {
        if (finding.Witness is not { } witness)
        {
            return null;
        }

        StoryRun run = StoryBuilder.Build(result, finding).Run!;
        return new WitnessEntry(
            witness.Schedule.ToString(),
            witness.Switches,
            witness.Preemptions,
            [.. witness.Steps.Select(Step)],
            [.. run.Stacks.Select(Stack)],
            finding.IsShortest);
    }

    private static StackEntry Stack(StackTrace s) => new(s.Title, s.Thread, s.Step, s.Functions, s.Instruction, s.Held);

    private static StepEntry Step(WitnessStep step) => new(
        step.Number,
        step.Move.Thread,
        step.Move.Choice,
        step.Kind.ToString(),
        step.Word,
        step.Preemption,
        [.. step.Stack.Reverse()],
        [.. step.Events.Where(e => e.Kind == EventKind.Write).Select(e => new ChangeEntry(e.Text, e.Before, e.After, e.Function))]);
}
