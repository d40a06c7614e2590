using Faultline.Engine.State;

namespace Faultline.Explain.Stories;

/// <summary>What a thread is about to do, in words.</summary>
internal static class StepText
{
    /// <summary>A step of this kind about that word (by its engine name).</summary>
    public static string Of(StepKind kind, string engineWord, WordNames names)
    {
        int word = names.Find(engineWord);
        string name = word < 0 ? engineWord : names[word];
        return kind switch
        {
            StepKind.Lock => $"lock {name}",
            StepKind.DownRead => $"lock {name}(r)",
            StepKind.DownWrite => $"lock {name}(w)",
            StepKind.Sleep => names.EntryOf(word) is var entry and >= 0 ? $"sleep until {names[entry]} is unlocked" : $"sleep on {name}",
            StepKind.Read => $"read {name}",
            StepKind.Write => $"write {name}",
            StepKind.Wake => $"wake {name}",
            StepKind.Enqueue => $"queue up among {name}",
            StepKind.Access when names.RoleOf(word) == WordRole.Tlb => "flush the TLBs",
            StepKind.Access when names.RoleOf(word) is WordRole.Pte or WordRole.Pmd => $"access memory through {name}",
            StepKind.Access => $"touch {name}",
            StepKind.Halted => "nothing: BUG()",
            _ => "",
        };
    }

    /// <summary>The same from what <see cref="Engine.Witnesses.ThreadAtEnd.Waiting"/> says; empty for a thread that is done.</summary>
    public static string OfWaiting(string? waiting, WordNames names)
    {
        if (waiting is null)
        {
            return "";
        }

        (StepKind kind, string word) = Split(waiting);
        return Of(kind, word, names);
    }

    /// <summary>Kind and engine name of the word.</summary>
    public static (StepKind Kind, string Word) Split(string waiting)
    {
        int space = waiting.IndexOf(' ');
        return space > 0 && Enum.TryParse(waiting[..space], out StepKind kind)
            ? (kind, waiting[(space + 1)..])
            : (StepKind.Halted, "");
    }
}
