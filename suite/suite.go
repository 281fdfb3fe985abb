package suite

// All is every check, by clause of the error page. An ID is never reused and never renumbered.
func All() []*Check {
	return []*Check{
		// 401
		&missingKey, &invalidKey, &revokedKey, &misplacedKey, &headerCase, &keyFirst,
		// 403
		&missingScope, &unrelatedScope, &leastScope, &impliedScope, &deniedIP, &scopeFirst,
		// 400
		&missingField, &invalidField, &nullField, &malformedBody, &emptyObject, &invalidParameter, &unknownReference,
		&foreignReference, &strangersPart, &namesField, &lenient,
		// good input
		&goodField, &leftOut, &extraField, &goodParameter, &documentedSuccess, &successEnvelope, &otherSpelling,
		// 404
		&invalidID, &unknownRecord, &foreignRecord, &unknownPath, &foreignLikeUnknown, &ownList, &pathCase, &otherNotation, &otherParent, &noStrangers,
		// 405
		&wrongMethod, &allowHeader,
		// status transitions
		&illegalTransition, &legalTransition, &unknownStatus,
		// 409
		&duplicateCreate, &duplicateCase, &duplicateUpdate, &ownValue, &otherCompanysValue, &freedValue, &othersRepeat, &race,
		// refused, and nothing changed
		&refusedChange, &refusedCreate, &foreignChange, &untouchedOriginal, &noUpsert,
		// 429
		&flooding, &limitHeaders, &limitNumbers, &retryAfter, &served, &neighbour, &limitedWrite, &floodAnswers, &toldRoom,
		// 5xx
		&serverFault, &seenFaults, &oddInput,
	}
}
