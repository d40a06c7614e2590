namespace Faultline.Real.Traces;

/// <summary>A place after which a CPU's events are missing.</summary>
/// <param name="Line">1-based line.</param>
/// <param name="Text">What the line says.</param>
public sealed record LostEvents(int Line, string Text);

/// <summary>A line that looks like an event and cannot be read.</summary>
/// <param name="Line">1-based line.</param>
/// <param name="Text">The line.</param>
/// <param name="Expected">What was expected.</param>
public sealed record UnreadableLine(int Line, string Text, string Expected);

/// <summary>What a capture holds, line by line.</summary>
public sealed class TraceFile
{
    /// <summary>Events that the model knows, in the order of the file.</summary>
    public List<TraceRecord> Records { get; } = [];

    /// <summary>Where events were lost.</summary>
    public List<LostEvents> Lost { get; } = [];

    /// <summary>Lines that look like an event and cannot be read: cut off, mixed up.</summary>
    public List<UnreadableLine> Unreadable { get; } = [];

    /// <summary>Events that the model does not know, by name, with how many of each.</summary>
    public SortedDictionary<string, int> OtherEvents { get; } = new(StringComparer.Ordinal);

    /// <summary>Lines in all.</summary>
    public int Lines { get; set; }

    /// <summary>Lines that are no events: comments, headers, stack dumps, empty lines.</summary>
    public int OtherLines { get; set; }
}
