using System.Text.Json.Serialization;

namespace Faultline.Explain.Stories;

/// <summary>What searching the test again says about a finding.</summary>
/// <param name="NoReturn">The first step after which every continuation fails.</param>
/// <param name="Sections">Which two functions, made exclusive, remove the failure.</param>
/// <param name="Good">The nearest schedule that does not fail; null when none was found.</param>
public sealed record StoryAnalysis(NoReturnStory NoReturn, SectionsStory Sections, GoodStory? Good);

/// <summary>The point of no return: after this step no schedule avoids the failure, before it some schedule does.</summary>
/// <param name="Step">The step, 1-based; 0: every schedule fails from the start; null: not computed.</param>
/// <param name="Thread">Who makes it; -1 when there is none.</param>
/// <param name="Text">One sentence: what it is, or why it was not computed.</param>
/// <param name="States">States that were looked at to know it.</param>
public sealed record NoReturnStory(int? Step, int Thread, string Text, long States);

/// <summary>The search for a critical section that would have prevented the failure.</summary>
/// <param name="Found">Pairs of functions that remove it without a new failure, smallest first; may be empty.</param>
/// <param name="Tried">Pairs that were tried.</param>
/// <param name="Candidates">Pairs that overlap in the witness: every other pair leaves the witness as it is.</param>
/// <param name="Bound">The bound that stopped the search; empty when every candidate was decided.</param>
/// <param name="Text">One sentence: what was found, or not, among how many.</param>
public sealed record SectionsStory(IReadOnlyList<SectionStory> Found, int Tried, int Candidates, string Bound, string Text)
{
    /// <summary>What would have prevented the failure, or why nothing is named, in half a sentence.</summary>
    [JsonIgnore]
    public string Prevented => Found.Count == 0
        ? $"critical section: {Text}"
        : $"prevented by {string.Join("; or by ", Found.Select(f => f.Text))}{(Bound.Length > 0 ? $" ({Bound})" : "")}";
}

/// <summary>Two functions that, made exclusive, remove the failure: one lock held around each.</summary>
/// <param name="First">A function, as this version names it.</param>
/// <param name="Second">The other; the same when one function excludes itself.</param>
/// <param name="Spins">The lock must be one that does not sleep: a function is called with a spinlock held.</param>
/// <param name="Steps">Steps that the two take in the witness: how large the sections are.</param>
/// <param name="States">States of the search that proves it.</param>
/// <param name="Text">One sentence.</param>
public sealed record SectionStory(string First, string Second, bool Spins, int Steps, long States, string Text);

/// <summary>The schedule that shares the longest beginning with the witness, and does not fail.</summary>
/// <param name="Same">Steps that both begin with.</param>
/// <param name="BadThread">Who makes the first step that differs, in the witness.</param>
/// <param name="BadNext">What that step does.</param>
/// <param name="GoodThread">Who makes it in the good schedule.</param>
/// <param name="GoodNext">What that step does.</param>
/// <param name="Schedule">The good schedule, whole.</param>
/// <param name="Run">The good schedule, told.</param>
/// <param name="Also">What else goes wrong in it; empty: nothing.</param>
/// <param name="Text">One sentence.</param>
public sealed record GoodStory(
    int Same, int BadThread, string BadNext, int GoodThread, string GoodNext, string Schedule, StoryRun Run, IReadOnlyList<string> Also, string Text)
{
    /// <summary>What is done otherwise where the two part, in half a sentence.</summary>
    [JsonIgnore]
    public string Turn { get; init; } = "";
}
