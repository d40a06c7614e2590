using Faultline.Engine.State;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Values;

namespace Faultline.Explain.Stories;

/// <summary>What a word of the state vector stands for.</summary>
internal enum WordRole
{
    Other,
    Pte,
    Pmd,
    Entry,
    Extent,
    Tlb,
    Block,
    Anon,
    EntryLock,
    Waiters,
}

/// <summary>
/// What words stand for, and their names in a story: those of the model's layout, but a lock of which there is one needs no owner's
/// name. A model that runs no user program has no roles.
/// </summary>
internal sealed class WordNames
{
    private readonly Layout layout;
    private readonly UserProgram? program;
    private readonly Dictionary<string, int> words = [];

    public WordNames(Layout layout, UserProgram? program)
    {
        this.layout = layout;
        this.program = program;
        for (int word = 0; word < layout.WordCount; word++)
        {
            words.TryAdd(layout.NameOf(word), word);
        }
    }

    /// <summary>The name of a word in a story.</summary>
    public string this[int word]
    {
        get
        {
            if (word < 0)
            {
                return "";
            }

            if (RoleOf(word) == WordRole.Waiters)
            {
                return $"waiters of {this[EntryOf(word)]}";
            }

            bool onlyLock = layout.RangeOf(word).Count == 1
                && layout.KindOf(word) == WordKind.Synchronisation
                && RoleOf(word) == WordRole.Other
                && layout.RangeOf(word).Name != "page_lock";
            return onlyLock ? layout.RangeOf(word).Name : layout.NameOf(word);
        }
    }

    /// <summary>The word of a name that the engine printed, or -1.</summary>
    public int Find(string engineName) => words.GetValueOrDefault(engineName, -1);

    /// <summary>The engine's own name of a word.</summary>
    public string EngineName(int word) => layout.NameOf(word);

    /// <summary>The value as its range prints it.</summary>
    public string Print(int word, int value) => layout.Print(word, value);

    /// <summary>The name of the lock that guards a word.</summary>
    public string GuardOf(int word) => layout.GuardOf(word) is var guard and >= 0 ? this[guard] : "its lock";

    /// <summary>The name of a lock's class.</summary>
    public string ClassOf(int lockWord) => layout.Classes[layout.ClassOf(lockWord)].Name;

    public bool IsLockless(int word) => layout.KindOf(word) == WordKind.GuardedWithLocklessReaders;

    public bool IsNeverWritten(int lockWord) => layout.IsNeverWritten(lockWord);

    public WordRole RoleOf(int word) => program is null || word < 0 ? WordRole.Other : layout.RangeOf(word).Name switch
    {
        "tlb" => WordRole.Tlb,
        "block" => WordRole.Block,
        "anon" => WordRole.Anon,
        "entry_lock" => WordRole.EntryLock,
        "waiters" => WordRole.Waiters,
        string name when name.StartsWith("pte ", StringComparison.Ordinal) => WordRole.Pte,
        string name when name.StartsWith("pmd ", StringComparison.Ordinal) => WordRole.Pmd,
        string name when name.StartsWith("entry ", StringComparison.Ordinal) => WordRole.Entry,
        string name when name.StartsWith("extent ", StringComparison.Ordinal) => WordRole.Extent,
        _ => WordRole.Other,
    };

    /// <summary>The word of an entry whose lock bit or wait queue this is; -1 when it is neither.</summary>
    public int EntryOf(int word) => RoleOf(word) is WordRole.EntryLock or WordRole.Waiters
        ? Ranges(WordRole.Entry).First().Start + word - layout.RangeOf(word).Start
        : -1;

    /// <summary>The lock bit of the entry that this wait queue belongs to.</summary>
    public int LockOfQueue(int queue) => Ranges(WordRole.EntryLock).First().Start + queue - layout.RangeOf(queue).Start;

    /// <summary>The word of a page's PTE in a mapping.</summary>
    public int PteOf(int map, int page) =>
        Ranges(WordRole.Pte).First().Start + program!.Maps.Take(map).Sum(m => program.Files[m.File].Pages.Count) + page;

    /// <summary>The word that caches a PTE in a CPU's TLB.</summary>
    public int TlbOf(int cpu, int pteWord) => Find($"tlb {program!.Threads[cpu].Name} {EngineName(pteWord)["pte ".Length..]}");

    /// <summary>What maps the page of a PTE: the PTE itself, or the huge PMD above it. Says which word that is.</summary>
    public (Pte Pte, int Word) MappedBy(int[] words, int pteWord)
    {
        (int map, int page) = PageOf(pteWord);
        Alignment alignment = program!.Maps[map].Alignment;
        if (alignment == Alignment.BasePages)
        {
            return (new Pte(words[pteWord]), pteWord);
        }

        int pages = program.HugePagePages, place = page + (alignment == Alignment.Misaligned ? 1 : 0);
        string name = EngineName(pteWord)["pte ".Length..];
        int word = Find($"pmd {name[..name.IndexOf('[', StringComparison.Ordinal)]}.{place / pages}");
        return word >= 0 && new Pmd(words[word]) is { IsHuge: true } huge
            ? (huge.PteOf(place % pages), word)
            : (new Pte(words[pteWord]), pteWord);
    }

    private (int Map, int Page) PageOf(int pteWord)
    {
        int map = 0;
        while (map + 1 < program!.Maps.Count && PteOf(map + 1, 0) <= pteWord)
        {
            map++;
        }

        return (map, pteWord - PteOf(map, 0));
    }

    /// <summary>Ranges of one role, in order: pages of all files, or of all mappings, numbered through.</summary>
    public IEnumerable<WordRange> Ranges(WordRole role) => layout.Ranges.Where(r => r.Count > 0 && RoleOf(r.Start) == role);

    /// <summary>The range of that very name, or null.</summary>
    public WordRange? Range(string name) => layout.Ranges.FirstOrDefault(r => r.Name == name && r.Count > 0);
}
