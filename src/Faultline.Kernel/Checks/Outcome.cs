using System.Runtime.InteropServices;
using Faultline.Engine;
using Faultline.Kernel.Dax;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Checks;

/// <summary>
/// What user space can tell apart at the end of a run: registers, contents of every file, what every mapping shows, signals. Two
/// outcomes are equal when their values are.
/// </summary>
public sealed class Outcome : IEquatable<Outcome>
{
    /// <summary>The value of a thread that got SIGBUS.</summary>
    public const int Sigbus = User.UserThread.Sigbus;

    private readonly int[] values;

    /// <summary>An outcome of these values, in the order of <see cref="Of"/>.</summary>
    public Outcome(int[] values) => this.values = values;

    /// <summary>Its values: signals by thread, registers by thread, then the words of every file, their sizes, and the words of what every mapping shows.</summary>
    public IReadOnlyList<int> Values => values;

    /// <summary>The outcome of the state that the execution is attached to.</summary>
    public static Outcome Of(Machine machine)
    {
        UserProgram program = machine.Program;
        Execution execution = Execution.Current;
        var values = new List<int>();
        for (int t = 0; t < program.Threads.Count; t++)
        {
            values.Add(execution.Word(machine.Places.Signals + t));
        }

        for (int r = 0; r < machine.Places.FirstRegister[^1]; r++)
        {
            values.Add(execution.Word(machine.Places.Registers + r));
        }

        for (int f = 0; f < program.Files.Count; f++)
        {
            for (int page = 0; page < program.Files[f].Pages.Count; page++)
            {
                AddWords(program, w => FileWord(f, page, w), values);
            }
        }

        for (int f = 0; f < program.Files.Count; f++)
        {
            values.Add(new Inode(f).SizeNow);
        }

        for (int m = 0; m < program.Maps.Count; m++)
        {
            for (int page = 0; page < new Vma(m).Pages; page++)
            {
                AddWords(program, w => MapWord(m, page, w), values);
            }
        }

        return new Outcome([.. values]);
    }

    /// <summary>A word of a file as read(2) would see it, in the attached state.</summary>
    public static int FileWord(int file, int page, int word)
    {
        Extent extent = new Inode(file).Extent(page).Raw;
        return extent.Type == IomapType.Mapped && page < new Inode(file).SizeNow ? PageData.Word(Pfn.Block(extent.Block), word).Raw : 0;
    }

    /// <summary>A word of a mapping as a load would see it, in the attached state.</summary>
    public static int MapWord(int map, int page, int word)
    {
        var vma = new Vma(map);
        if (!vma.IsMapped || !vma.Covers(page) || page >= vma.Inode.SizeNow)
        {
            return 0;
        }

        Pte pte = PageTable.WalkRaw(vma, page);
        return pte.IsPresent ? PageData.Word(pte.Pfn, word).Raw
            : IsRefused(vma, page) ? 0
            : FileWord(vma.Inode.Index, page, word);
    }

    // The load's own fault would be SIGBUS.
    private static bool IsRefused(Vma vma, int page) =>
        Machine.Current.Footprint.Reflinks && vma.Inode.Extent(page).Raw is { Type: IomapType.Mapped } extent
        && DaxFault.HasNoReference(vma.Inode.Entry(DaxEntries.SlotOf(vma.Inode, page)).Raw, Pfn.Block(extent.Block));

    /// <inheritdoc/>
    public bool Equals(Outcome? other) => other is not null && values.AsSpan().SequenceEqual(other.values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Outcome);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(MemoryMarshal.AsBytes(values.AsSpan()));
        return hash.ToHashCode();
    }

    private static void AddWords(UserProgram program, Func<int, int> read, List<int> values)
    {
        for (int word = 0; word < program.WordsPerPage; word++)
        {
            values.Add(read(word));
        }
    }
}

/// <summary>The outcomes that are allowed.</summary>
public sealed class OutcomeSet
{
    private readonly HashSet<Outcome> outcomes = [];

    /// <summary>How many.</summary>
    public int Count => outcomes.Count;

    /// <summary>All of them, in no order that means anything.</summary>
    public IReadOnlyCollection<Outcome> All => outcomes;

    /// <summary>Allows one.</summary>
    public void Add(Outcome outcome) => outcomes.Add(outcome);

    /// <summary>Is it allowed?</summary>
    public bool Contains(Outcome outcome) => outcomes.Contains(outcome);
}
