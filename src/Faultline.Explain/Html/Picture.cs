namespace Faultline.Explain.Html;

/// <summary>What a chip of the picture shows.</summary>
internal enum ChipKind
{
    /// <summary>A page table entry.</summary>
    Pte,

    /// <summary>A page middle directory entry.</summary>
    Pmd,

    /// <summary>A CPU's cached translation.</summary>
    Tlb,

    /// <summary>A mapping entry: radix tree or XArray.</summary>
    Entry,

    /// <summary>An extent of the filesystem's block map.</summary>
    Extent,

    /// <summary>The contents of a page of memory.</summary>
    Memory,

    /// <summary>The cache lines of a block.</summary>
    Line,

    /// <summary>A lock and who holds it.</summary>
    Lock,

    /// <summary>A call stack.</summary>
    Stack,

    /// <summary>Anything else in words.</summary>
    Words,
}

/// <summary>A value shown in some chip.</summary>
/// <param name="Text">As it is printed.</param>
/// <param name="Target">The page of memory that it points to, as <see cref="Frame.Name"/>; empty: none.</param>
internal readonly record struct ChipValue(string Text, string Target = "");

/// <summary>One thing of the state, as it is after each step.</summary>
/// <param name="Kind">What it shows.</param>
/// <param name="Label">Its name.</param>
/// <param name="Values">Its value at the start and after each step.</param>
internal sealed record Chip(ChipKind Kind, string Label, IReadOnlyList<ChipValue> Values)
{
    /// <summary>True when it never has another value than this.</summary>
    public bool IsAlways(string text) => Values.All(v => v.Text == text);

    /// <summary>True when the last of these says the same all the time.</summary>
    public bool SameAs(IReadOnlyList<Chip> others) =>
        others.Count > 0 && Values.Zip(others[^1].Values).All(pair => pair.First.Text == pair.Second.Text);
}

/// <summary>A page of memory.</summary>
/// <param name="Name">Its page frame's name: <c>block 0</c>, <c>anon 1</c>, <c>zero page</c>.</param>
/// <param name="Chips">Contents, cache lines, pins.</param>
internal sealed record Frame(string Name, IReadOnlyList<Chip> Chips);

/// <summary>Chips under one name: a page of a mapping or of a file, a CPU.</summary>
/// <param name="Name">The name.</param>
/// <param name="Chips">The chips.</param>
internal sealed record ChipGroup(string Name, IReadOnlyList<Chip> Chips);

/// <summary>A mapping or a file.</summary>
/// <param name="Title">What it is.</param>
/// <param name="Chips">What concerns all of it.</param>
/// <param name="Pages">Its pages.</param>
internal sealed record PictureBox(string Title, IReadOnlyList<Chip> Chips, IReadOnlyList<ChipGroup> Pages);

/// <summary>The state of the machine, at every step: what CPUs see, what memory holds, what files have.</summary>
/// <param name="Mappings">Page tables and TLBs, a box for each mapping.</param>
/// <param name="Memory">Blocks, anonymous pages, zero pages.</param>
/// <param name="Files">Mapping entries and block maps.</param>
/// <param name="Locks">The locks that were ever held.</param>
/// <param name="Cpus">What each thread is at.</param>
internal sealed record Picture(
    IReadOnlyList<PictureBox> Mappings,
    IReadOnlyList<Frame> Memory,
    IReadOnlyList<PictureBox> Files,
    IReadOnlyList<Chip> Locks,
    IReadOnlyList<ChipGroup> Cpus)
{
    /// <summary>All chips; a chip's number is its place here.</summary>
    public IReadOnlyList<Chip> Chips { get; } =
    [
        .. Mappings.Concat(Files).SelectMany(b => b.Chips.Concat(b.Pages.SelectMany(p => p.Chips))),
        .. Memory.SelectMany(f => f.Chips),
        .. Locks,
        .. Cpus.SelectMany(c => c.Chips),
    ];
}
