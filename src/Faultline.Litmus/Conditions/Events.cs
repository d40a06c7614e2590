namespace Faultline.Litmus.Conditions;

/// <summary>How many faults a thread took: <c>faults(P0)</c>.</summary>
/// <param name="Thread">Index of the thread.</param>
public sealed record FaultCount(int Thread) : Observable
{
    /// <inheritdoc/>
    public override string Name => $"faults(P{Thread})";

    /// <inheritdoc/>
    public override string LogName => $"faults.P{Thread}";

    /// <inheritdoc/>
    public override bool IsEvent => true;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.Faults(Thread);

    private protected override (int, int, int, int) Order => (14, Thread, 0, 0);
}

/// <summary>A WARN fired in a function: <c>warn(insert_pfn)</c>.</summary>
/// <param name="Function">The function.</param>
public sealed record WarnEvent(string Function) : Observable
{
    /// <inheritdoc/>
    public override string Name => $"warn({Function})";

    /// <inheritdoc/>
    public override string LogName => $"warn.{Function}";

    /// <inheritdoc/>
    public override bool IsFlag => true;

    /// <inheritdoc/>
    public override bool IsEvent => true;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.Warned(Function) ? 1 : 0;

    private protected override (int, int, int, int) Order => (15, 0, 0, 0);
}

/// <summary>A BUG was hit: <c>bug(name)</c>.</summary>
/// <param name="Bug">Its name.</param>
public sealed record BugEvent(string Bug) : Observable
{
    /// <inheritdoc/>
    public override string Name => $"bug({Bug})";

    /// <inheritdoc/>
    public override string LogName => $"bug.{Bug}";

    /// <inheritdoc/>
    public override bool IsFlag => true;

    /// <inheritdoc/>
    public override bool IsEvent => true;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.Bugged(Bug) ? 1 : 0;

    private protected override (int, int, int, int) Order => (16, 0, 0, 0);
}

/// <summary>A thread got SIGBUS: <c>sigbus(P0)</c>.</summary>
/// <param name="Thread">Index of the thread.</param>
public sealed record SigbusEvent(int Thread) : Observable
{
    /// <inheritdoc/>
    public override string Name => $"sigbus(P{Thread})";

    /// <inheritdoc/>
    public override string LogName => $"sigbus.P{Thread}";

    /// <inheritdoc/>
    public override bool IsFlag => true;

    /// <inheritdoc/>
    public override bool IsEvent => true;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.Sigbus(Thread) ? 1 : 0;

    private protected override (int, int, int, int) Order => (17, Thread, 0, 0);
}

/// <summary>A thread got SIGSEGV: <c>sigsegv(P0)</c>.</summary>
/// <param name="Thread">Index of the thread.</param>
public sealed record SigsegvEvent(int Thread) : Observable
{
    /// <inheritdoc/>
    public override string Name => $"sigsegv(P{Thread})";

    /// <inheritdoc/>
    public override string LogName => $"sigsegv.P{Thread}";

    /// <inheritdoc/>
    public override bool IsFlag => true;

    /// <inheritdoc/>
    public override bool IsEvent => true;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.Sigsegv(Thread) ? 1 : 0;

    private protected override (int, int, int, int) Order => (18, Thread, 0, 0);
}

/// <summary>The power failed: <c>crashed</c>.</summary>
public sealed record CrashedEvent : Observable
{
    /// <inheritdoc/>
    public override string Name => "crashed";

    /// <inheritdoc/>
    public override bool IsFlag => true;

    /// <inheritdoc/>
    public override bool IsEvent => true;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.Crashed ? 1 : 0;

    private protected override (int, int, int, int) Order => (19, 0, 0, 0);
}

/// <summary>No end of the program can be reached: <c>hang</c>.</summary>
public sealed record HangEvent : Observable
{
    /// <inheritdoc/>
    public override string Name => "hang";

    /// <inheritdoc/>
    public override bool IsFlag => true;

    /// <inheritdoc/>
    public override bool IsEvent => true;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.Hang ? 1 : 0;

    private protected override (int, int, int, int) Order => (20, 0, 0, 0);
}

/// <summary>A marked branch of a modelled function was taken: <c>reach(insert_pfn.other_pfn)</c>.</summary>
/// <param name="Mark">The mark.</param>
public sealed record ReachEvent(string Mark) : Observable
{
    /// <inheritdoc/>
    public override string Name => $"reach({Mark})";

    /// <inheritdoc/>
    public override string LogName => $"reach.{Mark}";

    /// <inheritdoc/>
    public override bool IsFlag => true;

    /// <inheritdoc/>
    public override bool IsEvent => true;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.Reached(Mark) ? 1 : 0;

    private protected override (int, int, int, int) Order => (21, 0, 0, 0);
}
