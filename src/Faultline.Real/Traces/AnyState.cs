namespace Faultline.Real.Traces;

/// <summary>The states that a unit can be in when nothing is known of its past: all that operations, one after another, lead to.</summary>
internal static class AnyState
{
    /// <summary>Finds them.</summary>
    /// <param name="machine">The unit's machine.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="untouched">Only those of a file that nobody has touched through a mapping.</param>
    /// <param name="complete">False when there are more.</param>
    public static IReadOnlyCollection<UnitState> Of(UnitMachine machine, int limit, bool untouched, out bool complete)
    {
        var found = new Dictionary<ulong, UnitState> { [machine.Start.Hash] = machine.Start };
        var work = new Queue<UnitState>([machine.Start]);
        complete = true;
        while (complete && work.TryDequeue(out UnitState? state))
        {
            for (int entry = 0; entry < machine.MenuCount; entry++)
            {
                if ((!untouched || machine.TouchesNoMapping(entry)) && machine.Hidden(state, entry, _ => false) is { } after && found.TryAdd(after.Hash, after))
                {
                    work.Enqueue(after);
                }
            }

            complete = found.Count <= limit;
        }

        return found.Values;
    }
}
