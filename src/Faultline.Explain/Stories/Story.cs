using System.Text.Json.Serialization;

namespace Faultline.Explain.Stories;

/// <summary>
/// One finding, told: what text, mail and HTML are made from. It holds words and structure, no layout: no widths, no colours.
/// </summary>
/// <param name="Headline">What happened, in one sentence with test, kernel and filesystem.</param>
/// <param name="Finding">The finding's name: <c>warn(insert_pfn)</c>, <c>I6</c>, <c>condition</c>.</param>
/// <param name="Test">Name of the test.</param>
/// <param name="Kernel">Kernel version.</param>
/// <param name="Filesystem">ext4 or xfs.</param>
/// <param name="Program">The litmus test, line by line.</param>
/// <param name="Threads">Names of the threads, one column each.</param>
/// <param name="Run">The shortest schedule; null when none was found within the bounds, or none was asked for.</param>
/// <param name="Cycle">For a violation of the order of locks: the circle, whose closing edge the schedule shows. Else null.</param>
/// <param name="Analysis">
/// Point of no return, critical section and nearest good schedule; null when it was not asked for, or there is no schedule.
/// </param>
/// <param name="Setup">The declarations of files, mappings and processes.</param>
/// <param name="Code">Each thread's instructions as the test has them.</param>
public sealed record Story(
    string Headline,
    string Finding,
    string Test,
    string Kernel,
    string Filesystem,
    IReadOnlyList<string> Program,
    IReadOnlyList<string> Threads,
    StoryRun? Run,
    CycleStory? Cycle = null,
    StoryAnalysis? Analysis = null,
    IReadOnlyList<string>? Setup = null,
    IReadOnlyList<IReadOnlyList<string>>? Code = null);

/// <summary>The shortest schedule, told.</summary>
/// <param name="Steps">Steps.</param>
/// <param name="Switches">Context switches.</param>
/// <param name="Preemptions">Those away from a thread that could have gone on.</param>
/// <param name="Timeline">What happens, in order.</param>
/// <param name="Stacks">Call stacks: first of the thread it happened in, then of the last change of the word it is about.</param>
/// <param name="Standing">Where every thread stands after the last step.</param>
/// <param name="History">All changes of the word it is about; null when it is about no word.</param>
/// <param name="State">Page table, mapping entries, block map and page contents, before and after.</param>
/// <param name="End">What the run ends with: registers, contents, signals; empty when the schedule stops before the end.</param>
/// <param name="Outcome">For an outcome that the atomic reference does not have; else null.</param>
/// <param name="Waits">For a run that hangs: who waits for what; else empty.</param>
/// <param name="Digest">The timeline in short: what changes, what is read stale, what waits and what goes wrong; other steps are counted.</param>
/// <param name="Acts">The same steps, grouped into faults, accesses and system calls, in the order in which they begin.</param>
public sealed record StoryRun(
    int Steps,
    int Switches,
    int Preemptions,
    IReadOnlyList<TimelineEntry> Timeline,
    IReadOnlyList<StackTrace> Stacks,
    IReadOnlyList<StackTrace> Standing,
    WordHistory? History,
    IReadOnlyList<StateRow> State,
    IReadOnlyList<NamedValue> End,
    OutcomeStory? Outcome,
    IReadOnlyList<string> Waits,
    IReadOnlyList<TimelineEntry> Digest,
    IReadOnlyList<StoryAct> Acts)
{
    /// <summary>The step after which <see cref="State"/> is: the last, or the one before power fails.</summary>
    public int StateAfter { get; init; } = Steps;

    /// <summary>The same in words.</summary>
    [JsonIgnore]
    public string StateTitle => $"after step {StateAfter}{(StateAfter < Steps ? ", before power fails" : "")}";

    /// <summary>False: whether there is a shorter schedule is not known.</summary>
    public bool IsShortest { get; init; } = true;
}

/// <summary>A line of the timeline.</summary>
/// <param name="Step">The step, 1-based.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(TimelineCell), "cell")]
[JsonDerivedType(typeof(TimelineFold), "fold")]
[JsonDerivedType(typeof(TimelineSwitch), "switch")]
[JsonDerivedType(typeof(TimelineEnd), "end")]
public abstract record TimelineEntry(int Step);

/// <summary>Something a thread does.</summary>
/// <param name="Step">The step, 1-based.</param>
/// <param name="Thread">The thread.</param>
/// <param name="Indent">How deep in the call chain, folded chains counting as one.</param>
/// <param name="Kind">What kind of thing it is.</param>
/// <param name="Text">What it is.</param>
/// <param name="Function">The kernel function that it happens in, as this version names it; empty for the CPU and the user program.</param>
/// <param name="Word">For a change: the name of the word that changes; else empty.</param>
/// <param name="Later">For a change: the first step of another thread that goes otherwise when this change is undone; else null.</param>
public sealed record TimelineCell(
    int Step, int Thread, int Indent, CellKind Kind, string Text, string Function = "", string Word = "", Dependence? Later = null)
    : TimelineEntry(Step)
{
    /// <summary>Of a call: the step in which it returns; 0: it does not within the schedule, or this is no call.</summary>
    public int Until { get; init; }
}

/// <summary>A step that depends on a change made before it by another thread.</summary>
/// <param name="Step">The step, 1-based.</param>
/// <param name="Thread">Who makes it.</param>
public sealed record Dependence(int Step, int Thread);

/// <summary>Steps of the timeline that tell nothing new, in one line.</summary>
/// <param name="Step">The first of them, 1-based.</param>
/// <param name="Thread">Who makes them.</param>
/// <param name="Last">The last of them.</param>
/// <param name="Count">How many steps of this thread.</param>
/// <param name="Functions">Functions that are entered in them, as a chain of calls; may be empty.</param>
public sealed record TimelineFold(int Step, int Thread, int Last, int Count, IReadOnlyList<string> Functions) : TimelineEntry(Step);

/// <summary>What a thread does in one go, as its user sees it: a page fault, an access, a system call.</summary>
/// <param name="Thread">The thread.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Instruction">The user instruction: <c>A[0] = 1</c>.</param>
/// <param name="First">Its first step, 1-based.</param>
/// <param name="Last">Its last step; that of the witness when it has not ended.</param>
/// <param name="Steps">Steps of this thread in it.</param>
/// <param name="Ended">False when the schedule stops within it.</param>
public sealed record StoryAct(int Thread, ActKind Kind, string Instruction, int First, int Last, int Steps, bool Ended);

/// <summary>Kinds of acts.</summary>
public enum ActKind
{
    /// <summary>A load or store that the page table serves.</summary>
    Access,

    /// <summary>A page fault, with the load or store that it was taken for.</summary>
    Fault,

    /// <summary>A system call.</summary>
    Call,
}

/// <summary>Another thread runs from here on.</summary>
/// <param name="Step">The step that the other thread makes next.</param>
/// <param name="From">Who ran.</param>
/// <param name="To">Who runs.</param>
/// <param name="Why">Whether the first could have gone on.</param>
/// <param name="Where">The function it stands in; empty when it is done.</param>
/// <param name="Next">What it would do next; empty when it is done.</param>
/// <param name="Held">The locks it holds.</param>
public sealed record TimelineSwitch(int Step, int From, int To, SwitchReason Why, string Where, string Next, IReadOnlyList<string> Held)
    : TimelineEntry(Step);

/// <summary>What is wrong with the state that the schedule ends in.</summary>
/// <param name="Step">The last step.</param>
/// <param name="Text">What is wrong.</param>
public sealed record TimelineEnd(int Step, string Text) : TimelineEntry(Step);

/// <summary>Why another thread runs.</summary>
public enum SwitchReason
{
    /// <summary>The thread could have gone on.</summary>
    Preempted,

    /// <summary>The thread waits.</summary>
    Blocked,

    /// <summary>The thread has returned.</summary>
    Done,
}

/// <summary>Kinds of timeline lines.</summary>
public enum CellKind
{
    /// <summary>One or more functions are entered.</summary>
    Call,

    /// <summary>A user instruction, or what the CPU does for it.</summary>
    User,

    /// <summary>A lock is taken.</summary>
    Lock,

    /// <summary>A lock is released.</summary>
    Unlock,

    /// <summary>A word is read without a lock, on purpose.</summary>
    Lockless,

    /// <summary>Page contents are read.</summary>
    Read,

    /// <summary>A page table entry, mapping entry, extent or page content changes.</summary>
    Change,

    /// <summary>A wait or a wake-up.</summary>
    Wait,

    /// <summary>A remark.</summary>
    Note,

    /// <summary>Something goes wrong.</summary>
    Violation,
}

/// <summary>A call stack.</summary>
/// <param name="Title">What it is the stack of: <c>P1 at step 12</c>.</param>
/// <param name="Thread">The thread.</param>
/// <param name="Step">The step, 1-based.</param>
/// <param name="Functions">Innermost first, as in a kernel splat.</param>
/// <param name="Instruction">The user instruction below all of them; empty when unknown.</param>
/// <param name="Held">Locks held there, outermost first.</param>
/// <param name="Remark">What happened or happens next there; may be empty.</param>
/// <param name="Files">The kernel file of each function, empty where it is not known; null for a model that is no kernel.</param>
/// <param name="ShortTitle">The title in fewer words; null: there are none.</param>
public sealed record StackTrace(
    string Title,
    int Thread,
    int Step,
    IReadOnlyList<string> Functions,
    string Instruction,
    IReadOnlyList<string> Held,
    string Remark,
    IReadOnlyList<string>? Files = null,
    string? ShortTitle = null);

/// <summary>The changes of one word.</summary>
/// <param name="Word">Its name.</param>
/// <param name="Changes">In order.</param>
public sealed record WordHistory(string Word, IReadOnlyList<WordChange> Changes);

/// <summary>A change of a word.</summary>
/// <param name="Step">The step, 1-based.</param>
/// <param name="Thread">Who changed it.</param>
/// <param name="Function">In which function.</param>
/// <param name="Before">Value before.</param>
/// <param name="After">Value after.</param>
public sealed record WordChange(int Step, int Thread, string Function, string Before, string After);

/// <summary>A word of the state at the two ends of the schedule.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Before">Value at the start.</param>
/// <param name="After">Value after the last step.</param>
public sealed record StateRow(string Name, string Before, string After)
{
    /// <summary>True when the two differ.</summary>
    public bool IsChanged => Before != After;
}

/// <summary>An outcome held against those of the atomic reference.</summary>
/// <param name="Values">What this run ends with.</param>
/// <param name="Impossible">Sentences about values that no allowed outcome has; may be empty.</param>
/// <param name="Allowed">How many outcomes the reference has.</param>
/// <param name="Nearest">The allowed outcomes that differ least, with what they have instead.</param>
public sealed record OutcomeStory(
    IReadOnlyList<NamedValue> Values, IReadOnlyList<string> Impossible, int Allowed, IReadOnlyList<AllowedOutcome> Nearest);

/// <summary>A part of an outcome.</summary>
/// <param name="Name">A register, a word of a file or mapping, or a signal.</param>
/// <param name="Value">Its value.</param>
public sealed record NamedValue(string Name, int Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}={Value}";

    /// <summary>True for a signal that did not come: not worth naming.</summary>
    public bool IsAbsentSignal => Value == 0 && Name.StartsWith("signal(", StringComparison.Ordinal);
}

/// <summary>An outcome that is allowed.</summary>
/// <param name="Values">All of it.</param>
/// <param name="Differences">What differs from this run's outcome.</param>
public sealed record AllowedOutcome(IReadOnlyList<NamedValue> Values, IReadOnlyList<NamedValue> Differences);
